package optout_test

import (
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/optout"
)

func BenchmarkHeard(b *testing.B) {
	for name, text := range map[string]string{
		"answer": "3", "story": "my knee hurts more than it did and I can not sleep at night any more, but the pills help a little",
		"wish": "hi could you please stop sending me these texts", "long": strings.Repeat("my knee hurts and nobody listens ", 600),
		"signs": strings.Repeat("我的膝盖很疼晚上睡不着", 600),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				optout.Heard(text)
			}
		})
	}
}
