package api

import "parley"

// Statuses is the table of problem.go.
var Statuses = statuses

// StatusOf is statusOf.
func StatusOf(code parley.Code, field string) int { return statusOf(code, field) }
