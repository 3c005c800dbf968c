# A verification over mutual TLS, with Ruby's Net::HTTP. The request is a file of JSON.
#
#   NAPI_URL=https://... NAPI_USER=... NAPI_PASSWORD=... \
#   NAPI_CERTIFICATE=napi.pem NAPI_KEY=napi.key NAPI_KEY_PASSPHRASE=... ruby verify.rb request.json

require 'json'
require 'net/http'
require 'openssl'
require 'uri'

url = URI("#{ENV.fetch('NAPI_URL')}/verifications/v1/verify")

http = Net::HTTP.new(url.host, url.port)
http.use_ssl = true
if ENV['NAPI_CERTIFICATE']
  http.cert = OpenSSL::X509::Certificate.new(File.read(ENV['NAPI_CERTIFICATE']))
  http.key = OpenSSL::PKey.read(File.read(ENV['NAPI_KEY']), ENV['NAPI_KEY_PASSPHRASE'])
end
http.ca_file = ENV['NAPI_CA_FILE'] if ENV['NAPI_CA_FILE'] # only for a local server
http.read_timeout = 130 # a verification may take the service 120 s
http.max_retries = 0 # there is no idempotency key, and each one that arrives is billed

request = Net::HTTP::Post.new(url, 'Accept' => 'application/json', 'Content-Type' => 'application/json')
request.basic_auth(ENV.fetch('NAPI_USER'), ENV.fetch('NAPI_PASSWORD'))
request.body = File.binread(ARGV.fetch(0))

response = http.request(request)
# An error has a text or JSON of another form: look at the status first.
abort "HTTP #{response.code}: #{response.body}" unless response.is_a?(Net::HTTPOK)
result = JSON.parse(response.body)
record = result['Record'] || {}
[*result['Errors'], *record['Errors']].each do |error|
  warn "service error #{error['Code']}: #{error['Message']}"
end
# Without a record id there is no result, whatever RecordStatus says.
abort "no result; transaction #{result['TransactionID']}" unless record['TransactionRecordID']
puts "#{record['RecordStatus']} #{record['TransactionRecordID']}"
