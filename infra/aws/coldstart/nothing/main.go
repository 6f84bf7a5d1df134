// Command nothing is a Lambda function that does nothing: what others are measured against.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() { lambda.Start(func() {}) }
