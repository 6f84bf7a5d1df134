package participant

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/tellback/tellback/internal/table"
)

// The people table's keys, all in this file: P#<participant> holds PARTICIPANT, SCHEDULE and CONSENT#<time>;
// C#<contact> holds CONTACT and REACH; DUE#<00..15> holds the invitations to come, in order of time.

// Shards is how many partitions the invitations to come are spread over.
const Shards = 16

const (
	consentPrefix = "CONSENT#"
	// Of fixed width, so that bytewise order is order in time.
	consentTime = "2006-01-02T15:04:05.000000000Z"
	dueTime     = "2006-01-02T15:04:05Z"
)

func partition(id string) string { return "P#" + id }
func participantKey(id string) table.Key {
	return table.Key{Partition: partition(id), Sort: "PARTICIPANT"}
}
func scheduleKey(id string) table.Key { return table.Key{Partition: partition(id), Sort: "SCHEDULE"} }
func contactKey(pseudonym string) table.Key {
	return table.Key{Partition: "C#" + pseudonym, Sort: "CONTACT"}
}

func reachKey(pseudonym string) table.Key {
	return table.Key{Partition: "C#" + pseudonym, Sort: "REACH"}
}

func duePartition(shard int) string { return fmt.Sprintf("DUE#%02d", shard) }

func dueKey(id string, d Due) table.Key {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	return table.Key{
		Partition: duePartition(int(h.Sum32() % Shards)),
		Sort:      d.At.UTC().Format(dueTime) + "#" + id + "#" + d.name(),
	}
}

func putParticipant(p Participant, version int64) (table.Op, error) {
	return put(participantKey(p.ID), version, p)
}

func putConsent(id string, s storedConsent) (table.Op, error) {
	return put(table.Key{Partition: partition(id), Sort: s.sort}, 0, s)
}

// consentSort is the sort key of a consent at t that none of the others has: one nanosecond more for each in the way.
func consentSort(t time.Time, others []storedConsent) string {
	taken := map[string]bool{}
	for _, o := range others {
		taken[o.sort] = true
	}
	for ; ; t = t.Add(1) {
		if sort := consentPrefix + t.UTC().Format(consentTime); !taken[sort] {
			return sort
		}
	}
}

func put(k table.Key, version int64, body any) (table.Op, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return table.Op{}, fmt.Errorf("participant: encode %s: %w", k.Sort, err)
	}
	return table.Put(table.Item{Key: k, Version: version, Body: raw}), nil
}
