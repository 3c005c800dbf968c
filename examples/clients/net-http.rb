# Hello from NAPI over mutual TLS, with Ruby's Net::HTTP.
#
#   NAPI_URL=https://... NAPI_USER=... NAPI_PASSWORD=... \
#   NAPI_CERTIFICATE=napi.pem NAPI_KEY=napi.key NAPI_KEY_PASSPHRASE=... ruby net-http.rb

require 'json'
require 'net/http'
require 'openssl'
require 'uri'

url = URI("#{ENV.fetch('NAPI_URL')}/connection/v1/testauthentication")

http = Net::HTTP.new(url.host, url.port)
http.use_ssl = true
if ENV['NAPI_CERTIFICATE']
  http.cert = OpenSSL::X509::Certificate.new(File.read(ENV['NAPI_CERTIFICATE']))
  # PKey.read takes a key of any kind; PKey::RSA.new would refuse all but one.
  http.key = OpenSSL::PKey.read(File.read(ENV['NAPI_KEY']), ENV['NAPI_KEY_PASSPHRASE'])
end
http.ca_file = ENV['NAPI_CA_FILE'] if ENV['NAPI_CA_FILE'] # only for a local server

request = Net::HTTP::Get.new(url)
request['Accept'] = 'application/json'
request.basic_auth(ENV.fetch('NAPI_USER'), ENV.fetch('NAPI_PASSWORD'))

response = http.request(request)
abort "HTTP #{response.code}: #{response.body}" unless response.is_a?(Net::HTTPOK)
puts JSON.parse(response.body)
