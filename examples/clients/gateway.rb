# Hello and a verification by way of `napi-mtls gateway`, with Ruby's Net::HTTP: no key, no certificate, no TLS.
#
#   NAPI_GATEWAY=http://127.0.0.1:8080 NAPI_USER=... NAPI_PASSWORD=... ruby gateway.rb request.json

require 'json'
require 'net/http'
require 'uri'

gateway = URI(ENV.fetch('NAPI_GATEWAY', 'http://127.0.0.1:8080'))

http = Net::HTTP.new(gateway.host, gateway.port, nil) # no proxy on the way to this machine
http.read_timeout = 160 # the gateway gives up after 150 s, and says so
http.max_retries = 0 # there is no idempotency key, and each verification that arrives is billed

call = lambda do |request|
  request['Accept'] = 'application/json'
  request.basic_auth(ENV.fetch('NAPI_USER'), ENV.fetch('NAPI_PASSWORD'))
  response = http.request(request)
  # What the gateway answers itself is application/problem+json: type, detail, side, remedy.
  abort "HTTP #{response.code}: #{response.body}" unless response.is_a?(Net::HTTPOK)
  response.body
end

http.start do
  puts call[Net::HTTP::Get.new('/connection/v1/testauthentication')].delete_prefix('"').delete_suffix('"')

  request = Net::HTTP::Post.new('/verifications/v1/verify', 'Content-Type' => 'application/json')
  request.body = File.binread(ARGV.fetch(0))
  result = JSON.parse(call[request])
  record = result['Record'] || {}
  # Without a record id there is no result, whatever RecordStatus says.
  abort "no result; transaction #{result['TransactionID']}" unless record['TransactionRecordID']
  puts "#{record['RecordStatus']} #{record['TransactionRecordID']}"
end
