// Package schemas holds the programs and questionnaires that an installation serves unless it is told of others, and
// the formal descriptions of everything that goes in and out. README.md says how to add to them.
package schemas

import "embed"

// FS has programs/*.json, questionnaires/*.json, valuesets/*.json, *.schema.json and openapi.yaml.
//
//go:embed programs/*.json questionnaires/*.json valuesets/*.json *.schema.json openapi.yaml
var FS embed.FS
