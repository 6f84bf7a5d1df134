package questionnaire

import (
	"strconv"
	"strings"
)

// Keys are the numbers by which people choose, one for each option, in order: those that the options carry themselves (an integer, the
// beginning of the label, a whole ordinal) where they all have different ones, else 1 to n or from another number on. None of them is what
// another option's label begins with, if that can be had: who replies 1 to "1 none, 2 1 time, 3 2 times" may mean either. A
// boolean has "1" (yes) and "2" (no).
func (i *Item) Keys() []string {
	if i.keys != nil {
		return i.keys
	}
	return keysOf(i)
}

// Keyed is an option as it is offered in a text: its key and its label, which may begin with the key itself.
func (i *Item) Keyed(n int, label string) string {
	key := i.Keys()[n]
	if begins, _ := head(label); begins == key {
		return label
	}
	return key + " " + label
}

func keysOf(i *Item) []string {
	if i.Type == Boolean {
		return []string{"1", "2"}
	}
	if len(i.Options) == 0 {
		return nil
	}
	heads, ranges := i.heads()
	counted := counting(len(i.Options), 1)
	candidates := [][]string{i.distinct(ownInteger), nil, i.distinct(ownOrdinal), counted, shifted(heads), nil}
	if at := 1; distinctHeads(heads) {
		if ranges {
			at = len(candidates) - 1 // "26-35" is better chosen by its place than by 26
		}
		candidates[at] = heads
	}
	for _, keys := range candidates {
		if keys != nil && !misleading(keys, heads) {
			return keys
		}
	}
	return counted
}

func counting(n, from int) []string {
	keys := make([]string, n)
	for k := range keys {
		keys[k] = strconv.Itoa(from + k)
	}
	return keys
}

// shifted counts from whatever number makes every label that begins with a number begin with its own; nil when none does.
func shifted(heads []string) []string {
	for k, h := range heads {
		if n, err := strconv.Atoi(h); err == nil && n-k >= 0 {
			return counting(len(heads), n-k)
		}
	}
	return nil
}

// misleading says whether some key is what the label of another option begins with.
func misleading(keys, heads []string) bool {
	at := map[string]int{}
	for n, key := range keys {
		at[key] = n
	}
	for n, h := range heads {
		if other, ok := at[h]; ok && h != "" && other != n {
			return true
		}
	}
	return false
}

func distinctHeads(heads []string) bool {
	seen := map[string]bool{"": true}
	for _, h := range heads {
		if seen[h] {
			return false
		}
		seen[h] = true
	}
	return true
}

// heads are the numbers that labels begin with, the same in every language; "" where there is none. ranges says that one goes on as
// "1-2" does.
func (i *Item) heads() (heads []string, ranges bool) {
	for n := range i.Options {
		of, first := "", true
		for _, label := range i.Options[n].Label {
			h, ranged := head(label)
			if !first && h != of {
				h = ""
			}
			of, first, ranges = h, false, ranges || ranged
		}
		heads = append(heads, of)
	}
	return heads, ranges
}

// head is the whole number that a label begins with, and whether it begins a range.
func head(label string) (number string, ranged bool) {
	end := 0
	for end < len(label) && label[end] >= '0' && label[end] <= '9' {
		end++
	}
	number, rest := label[:end], label[end:]
	if end == 0 || end > 9 || end > 1 && label[0] == '0' || len(rest) > 1 && strings.ContainsRune(".,/:", rune(rest[0])) && allDigits(rest[1:2]) {
		return "", false
	}
	return number, spanOf().MatchString(label)
}

func (i *Item) distinct(own func(*Option) (string, bool)) []string {
	keys := make([]string, 0, len(i.Options))
	seen := map[string]bool{}
	for n := range i.Options {
		key, ok := own(&i.Options[n])
		if !ok || seen[key] {
			return nil
		}
		seen[key] = true
		keys = append(keys, key)
	}
	return keys
}

func ownInteger(o *Option) (string, bool) {
	return o.Value.Text, o.Value.Type == Integer && o.Value.Text[0] != '-'
}

func ownOrdinal(o *Option) (string, bool) {
	if o.Ordinal == nil || *o.Ordinal < 0 || *o.Ordinal%1000 != 0 {
		return "", false
	}
	return strconv.FormatInt(*o.Ordinal/1000, 10), true
}
