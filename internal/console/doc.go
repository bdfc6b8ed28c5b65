// Package console is the operator's console: one page, and the JSON API behind
// it. It shows what the process measured of itself, the alarms, the newest
// lines of the access log, and the people; and it makes backups.
//
// Everything below api/ is for administrators, who send their ID token in the
// Authorization header: there is no cookie, so no other site can act in an
// administrator's name. The page and its scripts say nothing about anybody and
// are open to all. They come from this server alone, under a policy that allows
// no inline script or style and no other host.
//
// What changes something is logged with the id of who did it.
package console
