// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <openssl/types.h>

namespace berth::imageservice {

// What we may show to a server that asks who we are.
struct ClientCertificate {
  std::string certificate;  // a path, PEM: the certificate, and its issuers behind it
  std::string key;          // a path; empty when the key is in the certificate's file
};

// Has the connections of `context` show the first of the certificates that the server's question
// allows by issuer and kind of key, none when it allows none. The files are read when it asks; one
// that does not load is passed over.
void ShowOneOf(SSL_CTX* context, std::vector<ClientCertificate> certificates);

}  // namespace berth::imageservice
