package preview

import (
	"encoding/json"
	"regexp"
	"strconv"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/fault"
)

// Refused is an item that can't be honoured, as its document has it.
type Refused struct {
	Path, LinkID, Type, Text string
	Reasons                  []fault.Issue
}

var itemPath = regexp.MustCompile(`^item\[\d+\](?:\.item\[\d+\])*`)

// raw is as much of an item as there is to be said of it. It takes whatever is there: documents are judged elsewhere.
type raw struct {
	LinkID, Type, Text any
	Item               []raw
}

// outline finds the items that issues are about. Of a document that is no JSON there are none.
func outline(doc []byte, issues []fault.Issue) (refused []Refused, fine int) {
	reasons := map[string][]fault.Issue{}
	for _, i := range issues {
		if at := itemPath.FindString(i.Where); at != "" {
			reasons[at] = append(reasons[at], i)
		}
	}
	var walk func(items []raw, path string)
	walk = func(items []raw, path string) {
		for n, i := range items {
			at := path + "item[" + strconv.Itoa(n) + "]"
			if why := reasons[at]; len(why) > 0 {
				refused = append(refused, Refused{at, text(i.LinkID), text(i.Type), text(i.Text), why})
			} else {
				fine++
			}
			walk(i.Item, at+".")
		}
	}
	var top raw
	_ = json.Unmarshal(doc, &top) // what doesn't fit stays empty
	walk(top.Item, "")
	return refused, fine
}

func text(v any) string {
	s, _ := v.(string)
	return clip(s, 200)
}

// clip shortens what is shown to n characters.
func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
