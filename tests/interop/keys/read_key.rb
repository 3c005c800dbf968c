# SHA-256 of the public half of a private RSA key, with Ruby's OpenSSL.
#
#   KEY_PASSPHRASE=... ruby read_key.rb napi.key

require 'openssl'

key = OpenSSL::PKey::RSA.new(File.read(ARGV.fetch(0)), ENV['KEY_PASSPHRASE'])
puts OpenSSL::Digest::SHA256.hexdigest(key.public_key.to_der)
