package dynamo

import (
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/stream"
)

// expression collects the names and values that an expression uses: DynamoDB refuses one that is given and not used.
type expression struct {
	filter string
	names  map[string]string
	values map[string]types.AttributeValue
}

// live is the filter that leaves expired items out; DynamoDB may take days to remove them.
func (t *Table) live() expression {
	return expression{
		filter: "attribute_not_exists(#ttl) OR #ttl > :now",
		names:  map[string]string{"#ttl": stream.Expires},
		values: map[string]types.AttributeValue{":now": num(t.now().Unix())},
	}
}

// keyCondition is the condition on q's keys. A prefix is a range up to the next text that lacks it, which may be in the
// page and is taken out again: begins_with says the same to DynamoDB, but servers that stand in for it take it for
// SQL's LIKE, which ignores case and stops at a NUL.
func (e expression) keyCondition(q table.Query) string {
	e.names["#pk"] = stream.Partition
	e.values[":pk"] = str(q.Partition)
	from, to := q.From, q.To
	if q.Prefix != "" {
		from, to = q.Prefix, successor(q.Prefix)
	}
	if from != "" || to != "" {
		e.names["#sk"] = stream.Sort
	}
	if from != "" {
		e.values[":from"] = str(from)
	}
	if to != "" {
		e.values[":to"] = str(to)
	}
	switch {
	case from != "" && to != "":
		return "#pk = :pk AND #sk BETWEEN :from AND :to"
	case from != "":
		return "#pk = :pk AND #sk >= :from"
	case to != "":
		return "#pk = :pk AND #sk <= :to"
	}
	return "#pk = :pk"
}

// successor is the least UTF-8 text that fits a sort key and is above every text that begins with prefix; "" if none is.
// UTF-8 orders bytewise as its code points do.
func successor(prefix string) string {
	for prefix != "" {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		if last++; last == 0xd800 {
			last = 0xe000 // past the surrogates, which UTF-8 has not
		}
		if last <= utf8.MaxRune && len(prefix)+utf8.RuneLen(last) <= table.MaxPart {
			return prefix + string(last)
		}
	}
	return ""
}

// at is the condition that an item is at a version; one that has expired is at 0.
func (t *Table) at(version int64) expression {
	e := t.live()
	if version == 0 {
		e.filter = "attribute_not_exists(#pk) OR #ttl <= :now"
		e.names["#pk"] = stream.Partition
		return e
	}
	e.filter = "#v = :v AND (" + e.filter + ")"
	e.names["#v"] = stream.Version
	e.values[":v"] = num(version)
	return e
}
