package program

import (
	"strconv"
	"strings"
)

// Money is an amount in millionths of whatever currency a program counts in: prices of texts have four decimals and
// more, and sums of them have to be exact.
type Money int64

var moneyForm = pattern(`^\d{1,7}(\.\d{1,6})?$`)

// ParseMoney reads an amount like "0.0083"; ok is false when it is none.
func ParseMoney(s string) (m Money, ok bool) {
	if !moneyForm().MatchString(s) {
		return 0, false
	}
	whole, fraction, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole+(fraction + "000000")[:6], 10, 64)
	return Money(n), err == nil
}

// Price is what n segments cost; 0 where the program has no price.
func (o Outreach) Price(segments int) Money { return o.price * Money(segments) }

// Affords says whether one more amount may be spent after what was spent in the day and in the month.
func (o Outreach) Affords(amount, today, month Money) bool {
	return (o.SpendPerDay == "" || today+amount <= o.perDay) && (o.SpendPerMonth == "" || month+amount <= o.perMonth)
}

func (o *Outreach) checkMoney(n *notes) {
	for _, f := range []struct {
		field, amount string
		to            *Money
	}{{"segmentPrice", o.SegmentPrice, &o.price}, {"spendPerDay", o.SpendPerDay, &o.perDay}, {"spendPerMonth", o.SpendPerMonth, &o.perMonth}} {
		if f.amount == "" {
			continue
		}
		m, ok := ParseMoney(f.amount)
		if !ok || m == 0 {
			n.add("/outreach/"+f.field, "wrong-form", "%q is not an amount. Write it in quotes, with a point: \"0.0083\".", f.amount)
		}
		*f.to = m
	}
	if o.SegmentPrice == "" && (o.SpendPerDay != "" || o.SpendPerMonth != "") {
		n.add("/outreach/segmentPrice", "required", "What may be spent can only be held with a price. Say what one segment of a text costs, carrier fees included: \"0.0083\".")
	}
}
