package fhirpath

import "maps"

// function is one that an expression may call.
type function struct {
	least, most int // arguments
	do          func(r *run, c *call, focus Collection) Collection
	typed       bool // its argument is a type
	check       func(c *call) string
}

// functions are all that are supported. An argument that is evaluated for each member of the focus is each's, others are arg's.
var functions = everyFunction()

func everyFunction() map[string]*function {
	out := map[string]*function{
		// existence
		"empty":      {do: func(_ *run, _ *call, f Collection) Collection { return boolean(len(f) == 0) }},
		"exists":     {most: 1, do: exists},
		"all":        {least: 1, most: 1, do: all},
		"allTrue":    {do: quantified(true, true)},
		"anyTrue":    {do: quantified(false, true)},
		"allFalse":   {do: quantified(true, false)},
		"anyFalse":   {do: quantified(false, false)},
		"any":        {most: 1, do: exists},
		"not":        {do: not},
		"count":      {do: func(_ *run, _ *call, f Collection) Collection { return Collection{Number(int64(len(f)))} }},
		"distinct":   {do: func(r *run, _ *call, f Collection) Collection { return r.distinct(f) }},
		"isDistinct": {do: func(r *run, _ *call, f Collection) Collection { return boolean(len(r.distinct(f)) == len(f)) }},
		"subsetOf":   {least: 1, most: 1, do: func(r *run, c *call, f Collection) Collection { return r.subset(f, c.arg(r, 0)) }},
		"supersetOf": {least: 1, most: 1, do: func(r *run, c *call, f Collection) Collection { return r.subset(c.arg(r, 0), f) }},
		"hasValue":   {do: hasValue},
		"getValue":   {do: getValue},
		// filtering and projection
		"where":       {least: 1, most: 1, do: where},
		"select":      {least: 1, most: 1, do: selectEach},
		"repeat":      {least: 1, most: 1, do: repeat},
		"ofType":      {typed: true, do: func(_ *run, c *call, f Collection) Collection { return c.t.judge("ofType", f) }},
		"is":          {typed: true, do: typeFunction},
		"as":          {typed: true, do: typeFunction},
		"extension":   {least: 1, most: 1, do: extensions},
		"children":    {do: func(r *run, _ *call, f Collection) Collection { return r.children(f) }},
		"descendants": {do: descendants},
		// parts of a collection
		"first":  {do: func(_ *run, _ *call, f Collection) Collection { return f[:min(1, len(f)):min(1, len(f))] }},
		"last":   {do: func(_ *run, _ *call, f Collection) Collection { return f[max(0, len(f)-1):] }},
		"tail":   {do: func(_ *run, _ *call, f Collection) Collection { return f[min(1, len(f)):] }},
		"single": {do: single},
		"skip":   {least: 1, most: 1, do: skipTake(false)},
		"take":   {least: 1, most: 1, do: skipTake(true)},
		// together
		"union":     {least: 1, most: 1, do: func(r *run, c *call, f Collection) Collection { return r.distinct(r.joined(f, c.arg(r, 0))) }},
		"combine":   {least: 1, most: 1, do: func(r *run, c *call, f Collection) Collection { return r.joined(f, c.arg(r, 0)) }},
		"intersect": {least: 1, most: 1, do: intersect},
		"exclude":   {least: 1, most: 1, do: exclude},
		// aggregates
		"aggregate": {least: 1, most: 2, do: aggregate},
		"sum":       {do: sum},
		"avg":       {do: average},
		"min":       {do: extreme(-1)},
		"max":       {do: extreme(1)},
		// conversion
		"iif":        {least: 2, most: 3, do: iif},
		"toBoolean":  {do: convert(toBoolean)},
		"toInteger":  {do: convert(toInteger)},
		"toDecimal":  {do: convert(toDecimal)},
		"toString":   {do: convert(toText)},
		"toDate":     {do: convert(toDate)},
		"toDateTime": {do: convert(toDateTime)},
		"toTime":     {do: convert(toTime)},
		"toQuantity": {most: 1, do: toUnit},
		"trace":      {least: 1, most: 2, do: func(_ *run, _ *call, f Collection) Collection { return f }}, // nothing is written: it would be answers
		"now": {do: func(r *run, _ *call, _ Collection) Collection {
			return Collection{{kind: DateTime, at: momentOf(r.env.Now)}}
		}},
		"today":       {do: today},
		"timeOfDay":   {do: timeOfDay},
		"ordinal":     {do: weight},
		"weight":      {do: weight},
		"answers":     {do: answers},
		"answer":      {do: func(r *run, _ *call, f Collection) Collection { return r.named(f, "answer") }},
		"lowBoundary": {most: 1, do: boundary(false)}, "highBoundary": {most: 1, do: boundary(true)},
	}
	for name, to := range map[string]func(Value) (Value, bool){
		"Boolean": toBoolean, "Integer": toInteger, "Decimal": toDecimal, "String": toText, "Date": toDate, "DateTime": toDateTime,
		"Time": toTime, "Quantity": toQuantity,
	} {
		out["convertsTo"+name] = &function{do: converts(to)}
	}
	maps.Copy(out, textFunctions)
	maps.Copy(out, mathFunctions)
	return out
}

// The two truths, which are asked for so often that they are made once. Appending to one copies it.
var truths = [2]Collection{{Of(false)}, {Of(true)}}

func boolean(b bool) Collection {
	if b {
		return truths[1][:1:1]
	}
	return truths[0][:1:1]
}

func exists(r *run, c *call, focus Collection) Collection {
	if len(c.args) == 0 {
		return boolean(len(focus) > 0)
	}
	for i := range focus {
		if is, _ := r.truth(r.each(c.args[0], focus[i:i+1:i+1], i), c.at); is {
			return boolean(true)
		}
		if r.err != nil {
			return nil
		}
	}
	return boolean(false)
}

func all(r *run, c *call, focus Collection) Collection {
	for i := range focus {
		if is, _ := r.truth(r.each(c.args[0], focus[i:i+1:i+1], i), c.at); !is {
			return boolean(false)
		}
	}
	return boolean(true)
}

// quantified is allTrue and its kin.
func quantified(every, of bool) func(*run, *call, Collection) Collection {
	return func(r *run, c *call, focus Collection) Collection {
		for i := range focus {
			if focus[i].kind != Boolean {
				return r.fail(c.at, "%s() needs true or false, not %s", c.name, focus[i].Type())
			}
			if (focus[i].Bool() == of) != every {
				return boolean(!every)
			}
		}
		return boolean(every)
	}
}

func not(r *run, c *call, focus Collection) Collection {
	is, known := r.truth(focus, c.at)
	if !known {
		return nil
	}
	return boolean(!is)
}

func hasValue(_ *run, _ *call, focus Collection) Collection {
	return boolean(len(focus) == 1 && focus[0].primitive())
}

func (v Value) primitive() bool { return v.kind != Element && v.kind != Quantity && v.kind != None }

func getValue(_ *run, _ *call, focus Collection) Collection {
	if len(focus) != 1 || !focus[0].primitive() {
		return nil
	}
	return Collection{focus[0].plain()}
}

func where(r *run, c *call, focus Collection) Collection {
	var out Collection
	for i := range focus {
		is, _ := r.truth(r.each(c.args[0], focus[i:i+1:i+1], i), c.at)
		if r.err != nil {
			return nil
		}
		if is {
			if out == nil && len(focus) == 1 {
				return focus
			}
			out = append(out, focus[i])
		}
	}
	return out
}

func selectEach(r *run, c *call, focus Collection) Collection {
	var out Collection
	for i := range focus {
		out = append(out, r.each(c.args[0], focus[i:i+1:i+1], i)...)
		if !r.grown(len(out)) {
			return nil
		}
	}
	return out
}

// repeat projects again what the projection gives, until nothing new comes.
func repeat(r *run, c *call, focus Collection) Collection {
	var out Collection
	for queue := focus; len(queue) > 0; {
		var next Collection
		for i := range queue {
			found := r.each(c.args[0], queue[i:i+1:i+1], i)
			if !r.step(len(found)) {
				return nil
			}
			for n := range found {
				if !r.known(out, &found[n]) {
					out, next = append(out, found[n]), append(next, found[n])
				}
			}
			if !r.grown(len(out)) {
				return nil
			}
		}
		queue = next
	}
	return out
}

// known is has, but an element is known by what it is before it is compared with others by what it holds.
func (r *run) known(c Collection, v *Value) bool {
	if v.kind != Element {
		return r.has(c, v)
	}
	if _, unique := v.node.(interface{ Unique() }); unique { // an element with a place of its own in a tree
		for i := range c {
			if c[i].node == v.node {
				return true
			}
		}
		return !r.step(1 + len(c)/8)
	}
	return r.has(c, v)
}

func typeFunction(r *run, c *call, focus Collection) Collection {
	if len(focus) == 0 {
		return nil
	}
	if len(focus) > 1 {
		return r.fail(c.at, "%s() needs a single value", c.name)
	}
	return c.t.judge(c.name, focus)
}

func extensions(r *run, c *call, focus Collection) Collection {
	url, ok := r.text(c.arg(r, 0), c.at)
	if !ok {
		return nil
	}
	var out Collection
	for _, x := range r.named(focus, "extension") {
		if u := x.node.Children("url", nil); len(u) == 1 && u[0].text == url {
			out = append(out, x)
		}
	}
	return out
}

// named are the children of that name.
func (r *run) named(focus Collection, name string) Collection {
	var out Collection
	for i := range focus {
		if focus[i].node != nil {
			out = focus[i].node.Children(name, out)
		}
	}
	if !r.step(len(focus)+len(out)) || !r.grown(len(out)) {
		return nil
	}
	return out
}

func (r *run) children(focus Collection) Collection { return r.named(focus, "") }

func descendants(r *run, _ *call, focus Collection) Collection {
	var out Collection
	for level := r.children(focus); len(level) > 0 && r.err == nil; level = r.children(level) {
		if out = append(out, level...); !r.grown(len(out)) {
			return nil
		}
	}
	return out
}

func iif(r *run, c *call, focus Collection) Collection {
	is, _ := r.truth(r.within(c.args[0], focus), c.at)
	switch {
	case r.err != nil:
		return nil
	case is:
		return r.within(c.args[1], focus)
	case len(c.args) == 3:
		return r.within(c.args[2], focus)
	}
	return nil
}
