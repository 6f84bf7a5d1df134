package fhirpath

// distinct leaves each value once, the first time.
func (r *run) distinct(c Collection) Collection {
	if len(c) < 2 {
		return c
	}
	if out, ok := r.distinctByKey(c); ok {
		return out
	}
	out := make(Collection, 0, len(c))
	for i := range c {
		if !r.has(out, &c[i]) {
			out = append(out, c[i])
		}
		if r.err != nil {
			return nil
		}
	}
	return out
}

// distinctByKey does it in one pass where all are texts, as they are in long lists of codes.
func (r *run) distinctByKey(c Collection) (Collection, bool) {
	for i := range c {
		if c[i].kind != String {
			return nil, false
		}
	}
	if len(c) < 16 || !r.step(len(c)) {
		return nil, false
	}
	seen, out := make(map[string]bool, len(c)), make(Collection, 0, len(c))
	for _, v := range c {
		if !seen[v.text] {
			seen[v.text] = true
			out = append(out, v)
		}
	}
	return out, true
}

func (r *run) subset(c, of Collection) Collection {
	for i := range c {
		if !r.has(of, &c[i]) {
			return boolean(false)
		}
	}
	return boolean(true)
}

func single(r *run, c *call, focus Collection) Collection {
	if len(focus) > 1 {
		return r.fail(c.at, "single() needs a single value, and there are several")
	}
	return focus
}

func skipTake(take bool) func(*run, *call, Collection) Collection {
	return func(r *run, c *call, focus Collection) Collection {
		by := c.arg(r, 0)
		if len(by) == 0 {
			return nil
		}
		n, ok := r.integer(by, c.at)
		if !ok {
			return nil
		}
		at := int(min(max(n, 0), int64(len(focus))))
		if take {
			return focus[:at:at]
		}
		return focus[at:]
	}
}

// joined is a and b one after the other.
func (r *run) joined(a, b Collection) Collection {
	if len(b) == 0 {
		return a
	}
	if !r.grown(len(a)+len(b)) || !r.step(len(a)+len(b)) {
		return nil
	}
	return append(append(make(Collection, 0, len(a)+len(b)), a...), b...)
}

func intersect(r *run, c *call, focus Collection) Collection {
	with := c.arg(r, 0)
	var out Collection
	for _, v := range r.distinct(focus) {
		if r.has(with, &v) {
			out = append(out, v)
		}
	}
	return out
}

func exclude(r *run, c *call, focus Collection) Collection {
	without := c.arg(r, 0)
	var out Collection
	for i := range focus {
		if !r.has(without, &focus[i]) {
			out = append(out, focus[i])
		}
	}
	return out
}
