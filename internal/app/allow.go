package app

import (
	"net/http"
	"net/url"
	"slices"
	"sync"
)

// paths finds the routes of a path, whatever the method.
var paths = sync.OnceValues(func() (*http.ServeMux, map[string][]Route) {
	mux, byPath := http.NewServeMux(), map[string][]Route{}
	for _, r := range Routes {
		if byPath[r.Path] == nil {
			mux.Handle(r.Path, http.NotFoundHandler())
		}
		byPath[r.Path] = append(byPath[r.Path], r)
	}
	return mux, byPath
})

// Allow are the methods that a path's routes take, as an Allow header lists them, and the function that they belong to; none for a
// path without a route. [Default] is given the HEAD and OPTIONS of all paths, and answers HEAD for its own.
func Allow(path string) (methods []string, of Name) {
	mux, byPath := paths()
	_, pattern := mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
	for _, r := range byPath[pattern] {
		methods, of = append(methods, r.Method), r.Function
	}
	if of == Default && slices.Contains(methods, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	if methods != nil {
		methods = append(methods, http.MethodOptions)
	}
	slices.Sort(methods)
	return methods, of
}
