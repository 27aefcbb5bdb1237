# frozen_string_literal: true

Gem::Specification.new do |spec|
  spec.name = "tiny_http"
  spec.version = "1.0.0"
  spec.summary = "Answers GET requests, a thread for each connection"
  spec.authors = ["Example"]
  spec.license = "Apache-2.0"
  spec.files = ["lib/tiny_http.rb"]
  spec.required_ruby_version = ">= 3.0"
end
