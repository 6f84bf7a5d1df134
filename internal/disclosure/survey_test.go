package disclosure

import (
	"math/rand/v2"
	"testing"
)

// survey is what one questionnaire gives to protect: every item's answers and the group sizes, for everyone, by age,
// by language, by channel and by age and language.
type survey struct {
	Tables
	rng *rand.Rand
}

// newSurvey asks people at random; leaning says how often they give an item's favourite answer.
func newSurvey(rng *rand.Rand, people, items, bins, ages, languages, channels int, leaning float64) Tables {
	s := &survey{rng: rng}
	groups := 1 + ages + languages + channels + ages*languages
	group := func(a, l, c int) []int {
		return []int{0, 1 + a, 1 + ages + l, 1 + ages + languages + c, 1 + ages + languages + channels + a*languages + l}
	}
	s.Counts = make([]int64, groups*(1+items*bins))
	cell := func(g, item, bin int) int { return groups + (item*groups+g)*bins + bin }
	for range people {
		in := group(s.skewed(ages), s.skewed(languages), s.skewed(channels))
		for _, g := range in {
			s.Counts[g]++
		}
		for item := range items {
			bin := item % bins
			if rng.Float64() >= leaning {
				bin = rng.IntN(bins)
			}
			for _, g := range in {
				s.Counts[cell(g, item, bin)]++
			}
		}
	}
	s.split(func(g int) int { return g }, ages, languages, channels)
	for item := range items {
		for bin := range bins {
			s.split(func(g int) int { return cell(g, item, bin) }, ages, languages, channels)
		}
		for g := range groups {
			answers := Group{Total: g}
			for bin := range bins {
				answers.Parts = append(answers.Parts, cell(g, item, bin))
			}
			s.Groups = append(s.Groups, answers)
		}
	}
	return s.Tables
}

// skewed makes the first of n things the most common.
func (s *survey) skewed(n int) int { return min(s.rng.IntN(n), s.rng.IntN(n)) }

// split says how the cells of one answer add up over the groups.
func (s *survey) split(cell func(g int) int, ages, languages, channels int) {
	sum := func(total int, parts []int) {
		if len(parts) > 0 {
			s.Sums = append(s.Sums, Sum{Total: total, Parts: parts})
		}
	}
	run := func(from, n, step int) []int {
		var parts []int
		for i := range n {
			parts = append(parts, cell(from+i*step))
		}
		return parts
	}
	age, language, channel := 1, 1+ages, 1+ages+languages
	both := channel + channels
	sum(cell(0), run(age, ages, 1))
	sum(cell(0), run(language, languages, 1))
	sum(cell(0), run(channel, channels, 1))
	for a := range ages {
		sum(cell(age+a), run(both+a*languages, languages, 1))
	}
	for l := range languages {
		sum(cell(language+l), run(both+l, ages, languages))
	}
}

// BenchmarkProtect is one questionnaire of six items, by age, language and channel, and by age and language.
func BenchmarkProtect(b *testing.B) {
	for _, size := range []struct {
		name   string
		people int
	}{{"60people", 60}, {"200people", 200}, {"600people", 600}, {"3000people", 3000}} {
		b.Run(size.name, func(b *testing.B) {
			tab := newSurvey(rand.New(rand.NewPCG(1, 2)), size.people, 6, 6, 5, 3, 3, 0.4)
			var hidden []bool
			for b.Loop() {
				var err error
				if hidden, err = Protect(tab, Default); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(100*float64(count(hidden))/float64(len(hidden)), "%hidden")
		})
	}
}
