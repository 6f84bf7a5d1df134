package fhirpath

// aggregate folds the focus: $total is what the last evaluation gave.
func aggregate(r *run, c *call, focus Collection) Collection {
	outer := r.total
	start := c.arg(r, 1)
	r.total = start
	for i := range focus {
		r.total = r.each(c.args[0], focus[i:i+1:i+1], i)
		if r.err != nil {
			return nil
		}
	}
	out := r.total
	r.total = outer
	return out
}

// sum adds numbers or quantities.
func sum(r *run, c *call, focus Collection) Collection {
	if len(focus) == 0 {
		return nil
	}
	plus := &binary{op: "+", at: c.at}
	total := focus[:1:1]
	for i := range focus {
		v := focus[i].plain()
		if i == 0 {
			total = Collection{v}
			continue
		}
		if total = plus.arithmetic(r, total[0], v); len(total) == 0 {
			return nil
		}
	}
	if !r.step(len(focus)) {
		return nil
	}
	return total
}

func average(r *run, c *call, focus Collection) Collection {
	total := sum(r, c, focus)
	if len(total) == 0 {
		return nil
	}
	return (&binary{op: "/", at: c.at}).arithmetic(r, total[0], Number(int64(len(focus))))
}

// extreme is the least (−1) or greatest (1) value.
func extreme(way int) func(*run, *call, Collection) Collection {
	return func(r *run, c *call, focus Collection) Collection {
		if len(focus) == 0 {
			return nil
		}
		best := 0
		for i := range focus {
			cmp, ok := 0, true
			if i > 0 {
				cmp, ok = r.compare(&focus[i], &focus[best], c.at)
			}
			if !r.step(1) {
				return nil
			}
			if ok && cmp == way {
				best = i
			}
		}
		return focus[best : best+1 : best+1]
	}
}
