// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/client_certificates.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/temp_dir.h"
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace berth::imageservice {
namespace {

template <auto Free>
struct Freeing {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freeing<X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Freeing<SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, Freeing<SSL_free>>;

void SetName(X509_NAME* name, const std::string& text) {
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0);
}

Certificate MakeCertificate(EVP_PKEY* key, const std::string& name, const std::string& issuer) {
  Certificate certificate(X509_new());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  SetName(X509_get_subject_name(certificate.get()), name);
  SetName(X509_get_issuer_name(certificate.get()), issuer);
  X509_sign(certificate.get(), key, EVP_sha256());
  return certificate;
}

class ClientCertificatesTest : public ::testing::Test {
 protected:
  // A certificate `name` of the issuer and its key, in files.
  ClientCertificate Write(const std::string& name, const std::string& issuer,
                          const std::string& key_file) {
    Certificate certificate = MakeCertificate(key_.get(), name, issuer);
    ClientCertificate paths{dir_.Join(name + ".pem"), key_file.empty() ? "" : dir_.Join(key_file)};
    FILE* file = fopen(paths.certificate.c_str(), "w");
    PEM_write_X509(file, certificate.get());
    if (key_file.empty()) {
      PEM_write_PrivateKey(file, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    }
    fclose(file);
    if (!key_file.empty()) {
      file = fopen(paths.key.c_str(), "w");
      PEM_write_PrivateKey(file, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
      fclose(file);
    }
    return paths;
  }

  // Whom a server sees that asks for a certificate of `issuer`, of anybody when empty.
  std::string Shown(const std::vector<ClientCertificate>& certificates, const std::string& issuer,
                    int version) {
    Context server_context(SSL_CTX_new(TLS_server_method()));
    Certificate own = MakeCertificate(key_.get(), "server", "server");
    SSL_CTX_use_certificate(server_context.get(), own.get());
    SSL_CTX_use_PrivateKey(server_context.get(), key_.get());
    SSL_CTX_set_max_proto_version(server_context.get(), version);
    SSL_CTX_set_verify(server_context.get(), SSL_VERIFY_PEER,
                       [](int, X509_STORE_CTX*) { return 1; });
    if (!issuer.empty()) {
      Certificate ca = MakeCertificate(key_.get(), issuer, issuer);
      SSL_CTX_add_client_CA(server_context.get(), ca.get());
    }
    Context client_context(SSL_CTX_new(TLS_client_method()));
    ShowOneOf(client_context.get(), certificates);
    Connection server(SSL_new(server_context.get()));
    Connection client(SSL_new(client_context.get()));
    Connect(server.get(), client.get());
    Certificate shown(SSL_get1_peer_certificate(server.get()));
    if (shown == nullptr) {
      return "nobody";
    }
    char name[64] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name,
                              sizeof(name));
    return name;
  }

  test::TempDir dir_;

 private:
  static void Connect(SSL* server, SSL* client) {
    BIO* server_end = nullptr;
    BIO* client_end = nullptr;
    ASSERT_EQ(BIO_new_bio_pair(&server_end, 0, &client_end, 0), 1);
    SSL_set_bio(server, server_end, server_end);
    SSL_set_bio(client, client_end, client_end);
    SSL_set_accept_state(server);
    SSL_set_connect_state(client);
    for (int turn = 0; turn < 20; ++turn) {
      SSL_do_handshake(client);
      SSL_do_handshake(server);
    }
    EXPECT_TRUE(SSL_is_init_finished(server));
  }

  Key key_{EVP_EC_gen("P-256")};
};

TEST_F(ClientCertificatesTest, TheServersIssuerChooses) {
  const std::vector<ClientCertificate> certificates = {Write("one", "issuer-a", "one.key"),
                                                       Write("two", "issuer-b", ""),
                                                       Write("three", "issuer-b", "")};
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    EXPECT_EQ(Shown(certificates, "issuer-a", version), "one");
    EXPECT_EQ(Shown(certificates, "issuer-b", version), "two");
    EXPECT_EQ(Shown(certificates, "issuer-c", version), "nobody");
    EXPECT_EQ(Shown(certificates, "", version), "one");
  }
}

TEST_F(ClientCertificatesTest, WhatDoesNotLoadIsPassedOver) {
  const std::vector<ClientCertificate> certificates = {
      {dir_.Join("absent.pem"), ""}, {dir_.Write("text.pem", "no PEM"), ""}, Write("one", "a", "")};
  EXPECT_EQ(Shown(certificates, "", TLS1_3_VERSION), "one");
  EXPECT_EQ(Shown({}, "", TLS1_3_VERSION), "nobody");
}

}  // namespace
}  // namespace berth::imageservice
