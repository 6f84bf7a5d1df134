package sqlite_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/sqlite"
	"github.com/tellback/tellback/internal/table/tabletest"
)

var engine = tabletest.Engine{
	Open: func(t testing.TB, now func() time.Time) table.Table {
		return open(t, filepath.Join(t.TempDir(), "tellback.db"), now).Table("reports")
	},
	Log: func(_ testing.TB, tb table.Table) table.Log { return tb.(*sqlite.Table) },
	Reopen: func(dir string, now func() time.Time) (table.Table, table.Log, io.Closer, error) {
		db, err := sqlite.Open(filepath.Join(dir, "tellback.db"), []string{"reports", "people"}, now, sqlite.WithLog("reports"))
		if err != nil {
			return nil, nil, nil, err
		}
		return db.Table("reports"), db.Table("reports"), db, nil
	},
}

func TestMain(m *testing.M) {
	tabletest.Child(engine)
	os.Exit(m.Run())
}

// open opens a file with one logged and one plain table until the test ends.
func open(t testing.TB, path string, now func() time.Time, more ...sqlite.Option) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(path, []string{"reports", "people"}, now, append(more, sqlite.WithLog("reports"))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return db
}

func TestConformance(t *testing.T) { tabletest.Run(t, engine) }
