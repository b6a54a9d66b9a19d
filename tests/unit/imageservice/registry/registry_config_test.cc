// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/registry_config.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using test::StatusIs;
using test::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kPem[] = "-----BEGIN CERTIFICATE-----\n";

std::vector<std::string> Urls(const std::vector<RegistryHost>& hosts) {
  std::vector<std::string> urls;
  for (const RegistryHost& host : hosts) {
    urls.push_back(host.base.str());
  }
  return urls;
}

RegistryHost Only(const std::vector<std::string>& dirs, const std::string& registry) {
  auto hosts = LoadRegistryHosts(dirs, registry);
  EXPECT_TRUE(hosts.ok()) << hosts.status();
  EXPECT_EQ(hosts->size(), 1u);
  return hosts->back();
}

TEST(RegistryConfig, WithoutFilesTheRegistryItselfIsAsked) {
  RegistryHost host = Only({}, "registry.example.com");
  EXPECT_EQ(host.base.str(), "https://registry.example.com/v2");
  EXPECT_TRUE(host.is_scheme_known && host.can_pull && host.can_resolve && host.gets_credentials);
  EXPECT_TRUE(host.tls.verify);
  EXPECT_EQ(host.ns, "");
  EXPECT_EQ(Only({"/nonexistent"}, "docker.io").base.str(), "https://registry-1.docker.io/v2");
  EXPECT_EQ(Only({}, "host:5000").base.str(), "https://host:5000/v2");
}

TEST(RegistryConfig, LoopbackMaySpeakPlainHttp) {
  for (const char* registry : {"localhost:5000", "127.0.0.1:5000", "[::1]:5000"}) {
    RegistryHost host = Only({}, registry);
    EXPECT_FALSE(host.is_scheme_known) << registry;
    EXPECT_FALSE(host.tls.verify);
  }
  RegistryHost plain = Only({}, "localhost:80");
  EXPECT_EQ(plain.base.str(), "http://localhost/v2");
  EXPECT_TRUE(plain.is_scheme_known);
  EXPECT_EQ(Only({}, "localhost").base.str(), "https://localhost/v2");
  EXPECT_TRUE(Only({}, "localhost:443").is_scheme_known);
}

TEST(RegistryConfig, MirrorsComeBeforeTheServer) {
  TempDir dir;
  dir.Write("docker.io/hosts.toml", R"(
server = "https://registry-1.docker.io"
[host."https://mirror.example.com"]
  capabilities = ["pull"]
[host."http://other:5000/prefix"]
[host."bare.example.com/v2/sub"]
  override_path = true
)");
  ASSERT_OK_AND_ASSIGN(auto hosts, LoadRegistryHosts({dir.path()}, "docker.io"));
  EXPECT_THAT(Urls(hosts),
              ElementsAre("https://mirror.example.com/v2", "http://other:5000/prefix/v2",
                          "https://bare.example.com/v2/sub", "https://registry-1.docker.io/v2"));
  EXPECT_TRUE(hosts[0].can_pull);
  EXPECT_FALSE(hosts[0].can_resolve);
  EXPECT_EQ(hosts[0].ns, "docker.io");
  EXPECT_FALSE(hosts[0].gets_credentials);
  EXPECT_EQ(hosts[3].ns, "");
  EXPECT_TRUE(hosts[3].gets_credentials);
}

// As containerd: each table says what its own address may do; the server is there besides.
TEST(RegistryConfig, AHostWithTheServersAddressLeavesItTheRest) {
  TempDir dir;
  dir.Write("a.com/hosts.toml",
            "server = \"https://a.com\"\n[host.\"https://a.com\"]\ncapabilities = [\"pull\"]\n");
  ASSERT_OK_AND_ASSIGN(auto hosts, LoadRegistryHosts({dir.path()}, "a.com"));
  ASSERT_THAT(Urls(hosts), ElementsAre("https://a.com/v2", "https://a.com/v2"));
  EXPECT_TRUE(hosts[0].can_pull && !hosts[0].can_resolve);
  EXPECT_TRUE(!hosts[1].can_pull && hosts[1].can_resolve) << "not asked twice for the same";
  dir.Write("a.com/hosts.toml", "[host.\"https://a.com\"]\nskip_verify = true\n");
  EXPECT_FALSE(Only({dir.path()}, "a.com").tls.verify);
  dir.Write("a.com/hosts.toml",
            "[host.\"https://a.com/v2/cache\"]\noverride_path = true\n");  // another address
  ASSERT_OK_AND_ASSIGN(hosts, LoadRegistryHosts({dir.path()}, "a.com"));
  EXPECT_THAT(Urls(hosts), ElementsAre("https://a.com/v2/cache", "https://a.com/v2"));
}

// As containerd: to the first that may, which is any table without capabilities.
TEST(RegistryConfig, PushesGoToTheFirstThatMay) {
  TempDir dir;
  dir.Write("a.com/ca.crt", kPem);
  const auto push_host = [&](const std::string& text) {
    dir.Write("a.com/hosts.toml", text);
    return LoadPushHost({dir.path()}, "a.com");
  };
  ASSERT_OK_AND_ASSIGN(RegistryHost host, push_host("server = \"https://a.com\"\n"
                                                    "[host.\"https://a.com\"]\nca = \"ca.crt\"\n"));
  EXPECT_EQ(host.base.str(), "https://a.com/v2");
  EXPECT_NE(host.tls.ca_pem, "");
  EXPECT_TRUE(host.gets_credentials);
  ASSERT_OK_AND_ASSIGN(
      host, push_host("[host.\"https://pulls\"]\ncapabilities = [\"pull\", \"resolve\"]\n"
                      "[host.\"https://pushes\"]\ncapabilities = [\"push\"]\n"));
  EXPECT_EQ(host.base.str(), "https://pushes/v2");
  EXPECT_FALSE(host.gets_credentials);
  ASSERT_OK_AND_ASSIGN(
      host, push_host("[host.\"https://a.com\"]\ncapabilities = [\"pull\", \"resolve\"]\n"));
  EXPECT_EQ(host.base.str(), "https://a.com/v2") << "the server's own";
  EXPECT_THAT(push_host("server = \"https://a.com\"\ncapabilities = [\"pull\"]\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("a.com")));
  ASSERT_OK_AND_ASSIGN(host, LoadPushHost({}, "docker.io"));
  EXPECT_EQ(host.base.host, "registry-1.docker.io");
}

TEST(RegistryConfig, LoginsAreCheckedAtTheRegistrysOwnAddress) {
  TempDir dir;
  const auto login_host = [&](const std::string& registry, const std::string& text) {
    dir.Write(registry + "/hosts.toml", text);
    absl::StatusOr<RegistryHost> host = LoadLoginHost({dir.path()}, registry);
    EXPECT_TRUE(host.ok()) << host.status();
    EXPECT_TRUE(host->gets_credentials);
    return *std::move(host);
  };
  RegistryHost host = login_host(
      "a.com",
      "[host.\"https://mirror\"]\nsend_credentials = true\n"
      "[host.\"https://a.com\"]\nskip_verify = true\ncapabilities = [\"pull\", \"resolve\"]\n");
  EXPECT_EQ(host.base.str(), "https://a.com/v2");
  EXPECT_FALSE(host.tls.verify) << "as its table has it";
  host = login_host("a.com",
                    "server = \"https://b.com\"\n[host.\"https://b.com\"]\n"
                    "skip_verify = true\n[host.\"https://a.com\"]\n");
  EXPECT_EQ(host.base.str(), "https://b.com/v2");
  EXPECT_FALSE(host.tls.verify);
  host = login_host("localhost:5000", "[host.\"https://localhost:5000\"]\nheader = {X = \"1\"}\n");
  EXPECT_EQ(host.base.scheme, "https");
  EXPECT_EQ(host.headers.size(), 1u);
  EXPECT_EQ(login_host("c.com", "").base.str(), "https://c.com/v2");
}

TEST(RegistryConfig, WithoutAServerTheRegistryIsTheServer) {
  TempDir dir;
  dir.Write("example.com/hosts.toml", "[host.\"https://m.example.com\"]\n");
  ASSERT_OK_AND_ASSIGN(auto hosts, LoadRegistryHosts({dir.path()}, "example.com"));
  EXPECT_THAT(Urls(hosts), ElementsAre("https://m.example.com/v2", "https://example.com/v2"));
}

TEST(RegistryConfig, DockerHubHasOneServer) {
  TempDir dir;
  dir.Write("docker.io/hosts.toml", "server = \"https://docker.io\"\n");
  RegistryHost host = Only({dir.path()}, "docker.io");
  EXPECT_EQ(host.base.str(), "https://registry-1.docker.io/v2");
  EXPECT_EQ(host.ns, "");
}

TEST(RegistryConfig, AnotherServerIsAskedInTheRegistrysName) {
  TempDir dir;
  dir.Write("example.com/hosts.toml",
            "server = \"http://10.0.0.1:5000\"\n[host.\"https://m\"]\nsend_credentials = true\n");
  ASSERT_OK_AND_ASSIGN(auto hosts, LoadRegistryHosts({dir.path()}, "example.com"));
  EXPECT_TRUE(hosts[0].gets_credentials);
  EXPECT_EQ(hosts[1].base.str(), "http://10.0.0.1:5000/v2");
  EXPECT_EQ(hosts[1].ns, "example.com");
  EXPECT_TRUE(hosts[1].gets_credentials && hosts[1].is_scheme_known);
}

TEST(RegistryConfig, DirectoriesAreTriedInOrder) {
  TempDir dir;
  dir.Write("_default/hosts.toml", "server = \"https://default\"\n");
  EXPECT_EQ(Only({dir.path()}, "host:5000").base.str(), "https://default/v2");
  dir.Write("host:5000/hosts.toml", "server = \"https://colon\"\n");
  EXPECT_EQ(Only({dir.path()}, "host:5000").base.str(), "https://colon/v2");
  dir.Write("host_5000_/hosts.toml", "server = \"https://underscore\"\n");
  EXPECT_EQ(Only({dir.path()}, "host:5000").base.str(), "https://underscore/v2");
  EXPECT_EQ(Only({dir.path()}, "other").base.str(), "https://default/v2");
}

TEST(RegistryConfig, FirstTreeCounts) {
  TempDir first;
  TempDir second;
  second.Write("a.com/hosts.toml", "server = \"https://b.com\"\n");
  EXPECT_EQ(Only({"/nonexistent", second.path()}, "a.com").base.str(), "https://b.com/v2");
  EXPECT_EQ(Only({first.path(), second.path()}, "a.com").base.str(), "https://a.com/v2");
}

TEST(RegistryConfig, IsReadAnewEachTime) {
  TempDir dir;
  dir.Write("a.com/hosts.toml", "server = \"https://b.com\"\n");
  EXPECT_EQ(Only({dir.path()}, "a.com").base.host, "b.com");
  dir.Write("a.com/hosts.toml", "server = \"https://c.com\"\n");
  EXPECT_EQ(Only({dir.path()}, "a.com").base.host, "c.com");
}

TEST(RegistryConfig, ReadsCertificates) {
  TempDir dir;
  dir.Write("a.com/ca.crt", kPem);
  std::string absolute = dir.Write("elsewhere.crt", kPem);
  for (const char* name : {"a.com/c.cert", "a.com/c.key", "a.com/both.pem"}) {
    dir.Write(name, kPem);
  }
  dir.Write("a.com/hosts.toml",
            "ca = [\"ca.crt\", \"" + absolute +
                "\"]\nclient = [[\"c.cert\", \"c.key\"], [\"both.pem\", \"\"]]\n"
                "[header]\nX-Key = \"v\"\n");
  RegistryHost host = Only({dir.path()}, "a.com");
  EXPECT_EQ(host.tls.ca_pem, std::string(kPem) + "\n" + kPem + "\n");
  ASSERT_EQ(host.tls.client_certificates.size(), 2u);
  EXPECT_EQ(host.tls.client_certificates[0].certificate, dir.Join("a.com/c.cert"));
  EXPECT_EQ(host.tls.client_certificates[0].key, dir.Join("a.com/c.key"));
  EXPECT_EQ(host.tls.client_certificates[1].certificate, dir.Join("a.com/both.pem"));
  EXPECT_EQ(host.tls.client_certificates[1].key, "");
  EXPECT_TRUE(host.tls.verify);
  ASSERT_EQ(host.headers.size(), 1u);
}

TEST(RegistryConfig, LoopbackWithACertificateIsVerified) {
  TempDir dir;
  dir.Write("localhost:5000/hosts.toml", "ca = \"ca.crt\"\n");
  dir.Write("localhost:5000/ca.crt", kPem);
  RegistryHost host = Only({dir.path()}, "localhost:5000");
  EXPECT_TRUE(host.is_scheme_known && host.tls.verify);
  EXPECT_EQ(host.base.str(), "https://localhost:5000/v2");
}

TEST(RegistryConfig, DockersCertificateFilesCount) {
  TempDir dir;
  dir.Write("a.com/x.crt", kPem);
  dir.Write("a.com/client.cert", kPem);
  dir.Write("a.com/client.key", kPem);
  RegistryHost host = Only({dir.path()}, "a.com");
  EXPECT_EQ(host.base.str(), "https://a.com/v2");
  EXPECT_THAT(host.tls.ca_pem, HasSubstr("BEGIN CERTIFICATE"));
  ASSERT_EQ(host.tls.client_certificates.size(), 1u);
  EXPECT_EQ(host.tls.client_certificates[0].key, dir.Join("a.com/client.key"));
}

TEST(RegistryConfig, ErrorsSayWhere) {
  TempDir dir;
  auto error = [&](const std::string& text) {
    dir.Write("a.com/hosts.toml", text);
    return LoadRegistryHosts({dir.path()}, "a.com").status();
  };
  EXPECT_THAT(error("server = \n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("a.com/hosts.toml:1: ")));
  EXPECT_THAT(error("server = \"https://a b\"\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/a.com: URL")));
  EXPECT_THAT(error("ca = \"absent.crt\"\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("absent.crt")));
  EXPECT_THAT(error("client = \"absent.pem\"\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("absent.pem")));
  dir.Write("a.com/not.crt", "no certificate");
  EXPECT_THAT(error("ca = \"not.crt\"\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("PEM")));
  EXPECT_THAT(error("[host.\"ftp://m\"]\n"), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::imageservice
