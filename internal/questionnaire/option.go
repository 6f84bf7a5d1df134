package questionnaire

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
)

// options reads answerOption or answerValueSet.
func (l *loader) options(e *element, i *Item) {
	chosen := i.Type == Choice || i.Type == OpenChoice
	e.each("answerOption", func(o *element) { l.option(o, i) })
	if set := e.str("answerValueSet"); set != "" {
		options := l.setOf(e, "answerValueSet", set)
		if options == nil {
			return
		}
		if len(i.Options) > 0 {
			e.refuse("answerValueSet", refusedInvalid, "there are answerOptions already")
		} else {
			i.Options = options // shared: nobody changes them any more
		}
	}
	switch {
	case !chosen && len(i.Options) > 0:
		e.refuse("answerOption", refusedInvalid, "only choice and open-choice have options here, not %s", i.Type)
	case i.Type == OpenChoice && len(i.Options) == 0 && e.take("answerOption") == nil && (i.rules == nil || i.rules.answer == nil):
		e.notice("answerOption", "is missing: people answer in words of their own")
		i.Type, i.Other = String, nil
	case chosen && len(i.Options) == 0 && e.take("answerOption") == nil && (i.rules == nil || i.rules.answer == nil && i.rules.calculated == nil):
		e.refuse("answerOption", refusedMissing, "a choice needs options")
	}
	if l.offered += len(i.Options); l.offered > maxOptions {
		if l.offered-len(i.Options) <= maxOptions {
			e.refuse("answerOption", refusedUnsupported, "there are more than %d options in all", maxOptions)
		}
		i.Options = nil
	}
	l.distinct(e, i)
}

func (l *loader) option(o *element, i *Item) {
	var opt Option
	switch {
	case o.take("valueCoding") != nil:
		l.uncoded(o)
		opt = o.coding("valueCoding", l.lang)
		if opt.Label == nil && opt.Value.Code != "" {
			if opt.Label = l.label(o, "valueCoding.display", opt.Value); opt.Label == nil {
				o.refuse("valueCoding.display", refusedMissing, "people need words to choose by")
			}
		}
	case o.take("valueString") != nil:
		if opt.Label = o.localizedWith("valueString", l.lang, func(x extension) bool { return x.ofOption(&opt) }); opt.Label != nil {
			opt.Value = Value{Type: String, Text: opt.Label[l.lang]}
		}
	default:
		v, ok := o.value("value", Integer, Date, Time)
		if !ok && o.take("valueReference") == nil {
			o.refuse("value[x]", refusedMissing, "an option needs a valueCoding, valueInteger, valueString, valueDate or valueTime")
		} else if !ok {
			o.refuse("valueReference", refusedUnsupported, "a reference can't be an option")
		}
		opt.Value, opt.Label = v, Localized{l.lang: v.Text}
	}
	o.take("id")
	selected := o.flag("initialSelected")
	o.extensions(harmlessExtensions, func(x extension) bool { return x.ofOption(&opt) })
	o.close()
	if opt.Value.empty() {
		return
	}
	i.Options = append(i.Options, opt)
	if selected {
		i.Initial = append(i.Initial, opt.Value)
	}
}

// uncoded gives a coding that has only words those as its code.
func (l *loader) uncoded(o *element) {
	n := o.n.member("valueCoding")
	if n == nil || n.kind != kindObject || n.has("code") || tidy(n.member("display").said()) == "" {
		return
	}
	n.add("code", tidy(n.member("display").said()))
	o.notice("valueCoding.code", "is missing; the option's words stand for it")
}

// distinct refuses options that nobody could tell apart. One that is there twice, word for word, is offered once.
func (l *loader) distinct(e *element, i *Item) {
	values, labels, twice := map[Value]int{}, map[string]int{}, map[int]bool{}
	for n, o := range i.Options {
		at := "answerOption[" + strconv.Itoa(n) + "]"
		if first, ok := values[o.Value]; ok {
			if twice[n] = o.twin(&i.Options[first]); twice[n] {
				e.notice(at, "is there twice")
			} else {
				e.refuse(at, refusedDuplicate, "has the same code as option %d", first)
			}
			continue
		}
		values[o.Value] = n
		if first, ok := labels[fold(o.Label[l.lang])]; ok && o.Label != nil {
			e.refuse(at, refusedDuplicate, "reads like option %d", first)
		}
		labels[fold(o.Label[l.lang])] = n
	}
	if len(twice) > 0 {
		var out []Option // not in place: options may be shared
		for n, o := range i.Options {
			if !twice[n] {
				out = append(out, o)
			}
		}
		i.Options = out
	}
}

// twin says whether two options of one value also read alike and are worth the same.
func (o *Option) twin(p *Option) bool {
	worth := o.Ordinal == nil && p.Ordinal == nil || o.Ordinal != nil && p.Ordinal != nil && *o.Ordinal == *p.Ordinal
	return worth && maps.Equal(o.Label, p.Label) && o.Exclusive == p.Exclusive
}

// initial reads initial values; answerOption.initialSelected has been read with the options.
func (l *loader) initial(e *element, i *Item) {
	if e.take("initial") == nil {
		l.initialFits(e, i)
		return
	}
	if len(i.Initial) > 0 {
		e.refuse("initial", refusedInvalid, "an option is initialSelected already")
	}
	e.each("initial", func(c *element) {
		c.take("id")
		v, ok := c.value("value", Boolean, Decimal, Integer, Date, DateTime, Time, String, Choice, Quantity, URL, Reference)
		if !ok {
			c.refuse("value[x]", refusedMissing, "an initial needs a value of a supported type")
		} else {
			i.Initial = append(i.Initial, i.settle(i.mean(v)))
		}
		c.close()
	})
	l.initialFits(e, i)
}

// initialFits leaves the judging of initial values until the item is complete. One that could not be an answer is no proposal; where it
// would be the answer itself, since nobody is asked, it is refused.
func (l *loader) initialFits(e *element, i *Item) {
	if len(i.Initial) == 0 {
		return
	}
	l.later = append(l.later, func() {
		issues := l.q.Check(i, i.Initial)
		if len(issues) > 0 && !i.fixed() {
			e.notice("initial", "is not proposed: it could not be given as an answer (%s)", issues[0].Code)
			i.Initial = nil
			return
		}
		for _, is := range issues {
			l.refuse(e.at("initial"), refusedInvalid, "could not be given as an answer: %s", is.Code)
		}
	})
}

// settle brings a value that was sent for i into the form in which it is kept: words get the item's type, a coding
// without a system or a unit without one gets it when only one can be meant.
func (i *Item) settle(v Value) Value {
	switch {
	case i.Type == Text && v.Type == String:
		v.Type = Text
	case i.Type == String && v.Type == Text:
		v.Type = String
	case i.Type == Quantity && v.Type == Quantity:
		if u := i.unit(v); u != nil {
			v.System, v.Code = u.System, u.Code
		}
	case v.Type == Choice:
		v.Text = ""
		if v.System != "" {
			break
		}
		if o := i.optionByCode(v.Code); o != nil {
			v = o.Value
		}
	}
	if worded(v.Type) || v.Type == Reference {
		v.Text = tidy(v.Text)
	}
	return v
}

// inOrder puts options that were chosen together into the order in which they are offered, words of one's own last: a form can't tell in
// which order they were ticked, so that must not make another report of the same answers.
func (i *Item) inOrder(vs []Value) []Value {
	if len(vs) > 1 && len(i.Options) > 0 && len(i.Items) == 0 { // what is told of each goes with it: see sort
		slices.SortStableFunc(vs, func(a, b Value) int { return cmp.Compare(i.place(a), i.place(b)) })
	}
	return vs
}

// place is where v is among i's options; behind them all when it is none.
func (i *Item) place(v Value) int {
	o := i.Option(v)
	for n := range i.Options {
		if o == &i.Options[n] {
			return n
		}
	}
	return len(i.Options)
}

// optionByCode is the only coded option with that code, whatever its system; nil when there is none or more than one.
func (i *Item) optionByCode(code string) *Option {
	var found *Option
	for n := range i.Options {
		if o := &i.Options[n]; o.Value.Type == Choice && o.Value.Code == code {
			if found != nil {
				return nil
			}
			found = o
		}
	}
	return found
}

// unit is the unit of i that v is in: by system and code, or without a system by code or display when only one fits. nil when there is none.
func (i *Item) unit(v Value) *Unit {
	var found *Unit
	for n := range i.Units {
		u := &i.Units[n]
		if u.System == v.System && u.Code == v.Code {
			return u
		}
		if v.System == "" && v.Code != "" && (u.Code == v.Code || u.Display == v.Code) {
			if found != nil {
				return nil
			}
			found = u
		}
	}
	return found
}
