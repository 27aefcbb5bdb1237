# frozen_string_literal: true

require "socket"

# Answers GET requests, a thread for each connection.
class TinyHttp
  REASONS = { 200 => "OK", 400 => "Bad Request", 404 => "Not Found", 405 => "Method Not Allowed", 500 => "Internal Server Error" }.freeze
  MAX_LINE = 8192

  # The block takes a path, and gives a status, a content type and a body.
  def initialize(host, port, &handler)
    @server = TCPServer.new(host, port)
    @handler = handler
  end

  def run
    loop { Thread.new(@server.accept) { |socket| serve(socket) } }
  end

  private

  def serve(socket)
    status, type, body = respond(socket)
    socket.write("HTTP/1.1 #{status} #{REASONS.fetch(status)}\r\nContent-Type: #{type}\r\n" \
                 "Content-Length: #{body.bytesize}\r\nConnection: close\r\n\r\n#{body}")
  rescue SystemCallError, IOError
    # The client went away.
  ensure
    socket.close
  end

  def respond(socket)
    method, target = socket.gets("\r\n", MAX_LINE).to_s.split
    while (line = socket.gets("\r\n", MAX_LINE)) && line != "\r\n"; end
    return [400, "text/plain", "bad request\n"] if target.nil?
    return [405, "text/plain", "only GET\n"] unless method == "GET"

    @handler.call(target.split("?").first)
  rescue StandardError => e
    warn(e.full_message)
    [500, "text/plain", "the server failed\n"]
  end
end
