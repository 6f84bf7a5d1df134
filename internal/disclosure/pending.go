package disclosure

// Protect chooses what to hide: hidden[i] says that cell i is not shown. It returns only what [Attack] can't open.
// The choice is deterministic.
func Protect(t Tables, r Rule) (hidden []bool, err error) { panic("pending") }

// Attack plays the intruder who sees every cell that is not hidden, knows every sum, and knows that counts are whole
// and not negative: exact elimination over the rationals, then LP bounds of every protected cell. No breach means safe.
func Attack(t Tables, hidden []bool, r Rule) ([]Breach, error) { panic("pending") }
