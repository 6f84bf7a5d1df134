package app

// Route is one route of the surface (design §6), in the grammar that API Gateway and http.ServeMux share, but for a
// greedy tail: "{rest...}" here is "{rest+}" there.
type Route struct {
	Function Name
	Method   string
	Path     string
}

// Routes are all routes that a function answers in production. What none of them matches goes to [Default].
var Routes = []Route{
	{SMS, "POST", "/sms/inbound"},
	{SMS, "POST", "/sms/status"},
	{Web, "GET", "/f/{program}"},
	{Web, "GET", "/f/{program}/{questionnaire}"},
	{Web, "POST", "/f/{program}/{questionnaire}"},
	{Web, "GET", "/p/{token}"},
	{Web, "POST", "/p/{token}"},
	{Web, "GET", "/r/{receipt}"},
	{Web, "POST", "/r/{receipt}"},
	{Web, "GET", "/learn"},
	{Web, "GET", "/learn/{program}"},
	{Web, "GET", "/v1/learning/{program}"},
	{Web, "GET", "/v1/programs/{program}/questionnaires"},
	{Web, "GET", "/v1/programs/{program}/questionnaires/{id}"},
	{Web, "POST", "/v1/programs/{program}/reports"},
	{Web, "GET", "/healthz"},
	{Export, "GET", "/v1/programs/{program}/export"},
	{Export, "GET", "/staff"},
	{Export, "GET", "/staff/{rest...}"},
	{Export, "POST", "/staff/{rest...}"},
}

// Default answers whatever no route matches: HEAD and OPTIONS of its own routes, and what does not exist.
const Default = Web
