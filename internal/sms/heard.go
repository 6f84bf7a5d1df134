package sms

import (
	"encoding/binary"
	"hash/fnv"
	"time"
)

// A conversation remembers which texts it has taken, so that one which comes again by another way, hours later, has no
// second effect: eight bytes each, of the texts of the latest two days, in one record that is read and written anyway.

// heardFor is how far back a conversation's memory reaches from its latest text, heardMost how many texts it holds.
// Nobody sends as many in two days; of whoever does, the oldest count as taken.
const (
	heardFor  = 48 * time.Hour
	heardMost = 256
	heardSize = 8
)

// heard is a list of entries, oldest first: four bytes of a hash of the text's sid, and the minute at which it was taken.
type heard []byte

func entry(sid string, at time.Time) []byte {
	h := fnv.New32a()
	_, _ = h.Write([]byte(sid))
	e := binary.BigEndian.AppendUint32(make([]byte, 0, heardSize), h.Sum32())
	return binary.BigEndian.AppendUint32(e, uint32(at.Unix()/60))
}

func (h heard) at(n int) time.Time {
	return time.Unix(int64(binary.BigEndian.Uint32(h[n*heardSize+4:]))*60, 0)
}

// with is h and one more text, without what is no longer needed.
func (h heard) with(sid string, at time.Time) heard {
	h = append(h[:len(h):len(h)], entry(sid, at)...)
	n, first := len(h)/heardSize, 0
	for first < n-1 && (n-first > heardMost || h.at(first).Before(at.Add(-heardFor))) {
		first++
	}
	return h[first*heardSize:]
}

// has says whether a text that was sent at a given time was taken. What lies further back than the memory reaches
// counts as taken: a text is rather missed than taken twice.
func (h heard) has(sid string, sent time.Time) bool {
	n := len(h) / heardSize
	if n == 0 {
		return false
	}
	hash := string(entry(sid, sent)[:4])
	for i := range n {
		if string(h[i*heardSize:i*heardSize+4]) == hash {
			return true
		}
	}
	reach := h.at(n - 1).Add(-heardFor)
	if n >= heardMost {
		reach = h.at(0)
	}
	return sent.Before(reach)
}
