// Package parley is the vocabulary of Parley: what is heard, what it is taken to mean, and the rules
// that hold between the two. It does no I/O and reads no clock.
//
// A [Message] is one person's turn in a conversation. Reading it gives [Finding] values, each a span of
// the message with its [Labels]: whether the speaker resists, in which form, from which driver, on which
// state of perception and about which subject. Findings that say the same thing are one [Reason].
// [Sides] tells who speaks for which side.
//
//	m := parley.Message{Speaker: parley.Person{Name: "Tom Baker"}, Text: "We tried that in 2021."}
//	said := m.Text[span.Start:span.End]
package parley
