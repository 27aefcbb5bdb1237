# frozen_string_literal: true

require "erb"
require "json"
require "tiny_http"

PAGE = ERB.new(File.read(File.join(__dir__, "views", "index.html.erb")))
started_at = Time.now

server = TinyHttp.new("0.0.0.0", Integer(ENV.fetch("PORT", "4567"))) do |path|
  case path
  when "/" then [200, "text/html", PAGE.result_with_hash(started_at: started_at, ruby: RUBY_VERSION)]
  when "/health" then [200, "application/json", JSON.generate(status: "ok")]
  else [404, "application/json", JSON.generate(error: "not found")]
  end
end

trap("TERM") { exit }
server.run
