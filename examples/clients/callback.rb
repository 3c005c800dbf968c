# A verification whose result comes later, by a callback, with Ruby's Net::HTTP and a server of its own.
#
#   NAPI_URL=https://... NAPI_USER=... NAPI_PASSWORD=... \
#   NAPI_CERTIFICATE=napi.pem NAPI_KEY=napi.key NAPI_KEY_PASSPHRASE=... \
#   CALLBACK_URL=https://... CALLBACK_PORT=8081 ruby callback.rb request.json
#
# CALLBACK_URL is the public address of what forwards to CALLBACK_PORT. Without it this machine calls itself, for which
# the service has to be a local one. In a service the receiver is a route of your web server.

require 'erb'
require 'json'
require 'net/http'
require 'openssl'
require 'socket'
require 'timeout'
require 'uri'

FINAL = %w[completed complete failed canceled timeoutcanceled].freeze

def call(method, path, body = nil)
  url = URI("#{ENV.fetch('NAPI_URL')}#{path}")
  http = Net::HTTP.new(url.host, url.port)
  http.use_ssl = true
  if ENV['NAPI_CERTIFICATE']
    http.cert = OpenSSL::X509::Certificate.new(File.read(ENV['NAPI_CERTIFICATE']))
    http.key = OpenSSL::PKey.read(File.read(ENV['NAPI_KEY']), ENV['NAPI_KEY_PASSPHRASE'])
  end
  http.ca_file = ENV['NAPI_CA_FILE'] if ENV['NAPI_CA_FILE'] # only for a local server
  http.read_timeout = 30
  http.max_retries = 0 # there is no idempotency key, and each one that arrives is billed
  request = method.new(url, 'Accept' => 'application/json', 'Content-Type' => 'application/json')
  request.basic_auth(ENV.fetch('NAPI_USER'), ENV.fetch('NAPI_PASSWORD'))
  response = http.request(request, body)
  abort "HTTP #{response.code}: #{response.body}" unless response.is_a?(Net::HTTPOK)
  JSON.parse(response.body)
end

# The id that a callback names. Callbacks are not signed, come before the end and more than once: each is a hint to
# ask, and nothing else.
def hint(connection)
  Timeout.timeout(10) do
    head = +''
    head << connection.readline("\r\n", 8192) until head.end_with?("\r\n\r\n") || head.bytesize > 65_536
    length = head[/^content-length: *(\d+)\r$/i, 1].to_i
    body = length <= 65_536 ? connection.read(length) : ''
    connection.write("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    JSON.parse(body)['TransactionId']
  end
rescue StandardError
  nil # not from the service
ensure
  connection.close
end

receiver = TCPServer.new('127.0.0.1', ENV.fetch('CALLBACK_PORT', '0').to_i)
url = ENV.fetch('CALLBACK_URL', "http://127.0.0.1:#{receiver.addr[1]}/napi")
hints = Thread::Queue.new
Thread.new { loop { Thread.new(receiver.accept) { |connection| hints << hint(connection) } } }

request = JSON.parse(File.read(ARGV.fetch(0))).merge('CallBackUrl' => url)
transaction = call(Net::HTTP::Post, '/verifications/v1/verify', request.to_json)['TransactionID']
segment = ERB::Util.url_encode(transaction)
status = nil
until status && FINAL.include?(status['Status'].downcase)
  next unless hints.pop == transaction

  status = call(Net::HTTP::Get, "/verifications/v1/transaction/#{segment}/status")
end
record_id = status['TransactionRecordId']
abort "#{status['Status']}, without a record; transaction #{transaction}" unless record_id
path = "/verifications/v1/transactionrecord/#{ERB::Util.url_encode(record_id)}"
record = call(Net::HTTP::Get, path)['Record']
puts "#{record['RecordStatus']} #{record['TransactionRecordID']}"
