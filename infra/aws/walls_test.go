package aws_test

import (
	"fmt"
	"slices"

	"github.com/tellback/tellback/internal/app"
)

// forbidden is what export and release must never reach, whatever the code does: reports and people as items, streams,
// indexes, backups and exports, the keys that open them, and the keyset that makes pseudonyms and opens contacts.
func (t template) forbidden() map[string][]string {
	out := map[string][]string{"ssm": {"arn:aws:ssm:" + region + ":" + account + ":parameter/tellback/staging/keyset"}}
	for _, name := range []string{"Reports", "People"} {
		table := "arn:aws:dynamodb:" + region + ":" + account + ":table/" + name + "Table"
		out["dynamodb"] = append(out["dynamodb"], table, table+"/stream/2026-01-01", table+"/index/any", table+"/backup/any", table+"/export/any", table+"/import/any")
		out["kms"] = append(out["kms"], "arn:aws:kms:"+region+":"+account+":key/"+name+"Key")
	}
	return out
}

// wrongWalls is the fact that the promise to people rests on. A role may do nothing by which it could reach them by a
// detour either: take on another role, call a function, change a policy.
func wrongWalls(t template) []string {
	var out []string
	forbidden := t.forbidden()
	for _, n := range []app.Name{app.Export, app.Release} {
		f := function(n)
		grants, problems := t.grants(t.role(f))
		out = append(out, problems...)
		for _, g := range grants {
			if !slices.Contains([]string{"dynamodb", "kms", "s3", "ssm", "sqs", "logs", "xray"}, g.service()) {
				out = append(out, fmt.Sprintf("%s may %s on %s, which could lead it anywhere", f, g.action, g.resource))
			}
			for service, resources := range forbidden {
				if !wild(g.service(), service) {
					continue
				}
				for _, r := range resources {
					if wild(g.resource, r) {
						out = append(out, fmt.Sprintf("%s may %s on %s", f, g.action, r))
					}
				}
			}
		}
	}
	return out
}
