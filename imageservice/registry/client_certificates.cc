// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/client_certificates.h"

#include <memory>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace berth::imageservice {
namespace {

using Certificates = std::vector<ClientCertificate>;

bool Load(SSL* connection, const ClientCertificate& file) {
  const std::string& key = file.key.empty() ? file.certificate : file.key;
  return SSL_use_certificate_chain_file(connection, file.certificate.c_str()) == 1 &&
         SSL_use_PrivateKey_file(connection, key.c_str(), SSL_FILETYPE_PEM) == 1;
}

// Whether the server takes what was loaded.
bool IsWelcome(SSL* connection) {
  constexpr int kNeeded = CERT_PKEY_VALID | CERT_PKEY_ISSUER_NAME;
  STACK_OF(X509)* issuers = nullptr;
  SSL_get0_chain_certs(connection, &issuers);
  return (SSL_check_chain(connection, SSL_get_certificate(connection),
                          SSL_get_privatekey(connection), issuers) &
          kNeeded) == kNeeded;
}

int Choose(SSL* connection, void* certificates) {
  for (const ClientCertificate& file : *static_cast<const Certificates*>(certificates)) {
    SSL_certs_clear(connection);
    if (Load(connection, file) && IsWelcome(connection)) {
      return 1;
    }
  }
  SSL_certs_clear(connection);
  ERR_clear_error();
  return 1;
}

// A connection may be asked again when its request has long ended, so the context owns the list.
int OwnerIndex() {
  static const int index =
      SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr,
                               [](void*, void* certificates, CRYPTO_EX_DATA*, int, long, void*) {
                                 delete static_cast<Certificates*>(certificates);
                               });
  return index;
}

}  // namespace

void ShowOneOf(SSL_CTX* context, std::vector<ClientCertificate> certificates) {
  auto owned = std::make_unique<Certificates>(std::move(certificates));
  if (SSL_CTX_set_ex_data(context, OwnerIndex(), owned.get()) == 1) {
    SSL_CTX_set_cert_cb(context, Choose, owned.release());
  }
}

}  // namespace berth::imageservice
