// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/registry_client.h"

#include <limits.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/image/manifest.h"
#include "tests/fakes/fake_registry.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/imageservice/registry/registry_client_fixture.h"

namespace berth::imageservice {
namespace {

using test::Always;
using test::ClientFor;
using test::Counting;
using test::FakeAnswer;
using test::FakeRegistry;
using test::FakeRequest;
using test::Fast;
using test::IsOk;
using test::StatusIs;
using test::TempDir;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kType[] = "application/vnd.oci.image.manifest.v1+json";
constexpr char kText[] = R"({"schemaVersion":2})";

FakeAnswer ManifestAnswer() {
  return {.headers = {{"Content-Type", kType}}, .body = kText};
}

TEST(FetchManifest, ByTag) {
  FakeRegistry registry(Always(ManifestAnswer()));
  ASSERT_OK_AND_ASSIGN(Manifest manifest,
                       ClientFor(registry.address())->FetchManifest(Call(), "t"));
  EXPECT_EQ(manifest.media_type, kType);
  EXPECT_EQ(manifest.bytes, kText);
  EXPECT_EQ(manifest.digest, Digest::OfBytes(kText));
  EXPECT_THAT(registry.targets(), ElementsAre("/v2/", "/v2/a/b/manifests/t"));
  EXPECT_THAT(registry.requests()[1].header("Accept"),
              AllOf(HasSubstr("application/vnd.oci.image.index.v1+json"), HasSubstr(kType)));
}

// With the usual patience this would not end.
TEST(FetchManifest, AServerThatIsNotThereIsAskedTwice) {
  std::string address;
  {
    FakeRegistry registry(Always(ManifestAnswer()));
    address = registry.address();
  }
  RegistryOptions options = Fast();
  options.retry.max_attempts = INT_MAX;
  auto client = ClientFor(address, options);
  EXPECT_THAT(client->HeadManifest(Call(), "t"),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(address)));
  EXPECT_THAT(client->FetchManifest(Call(), "t"), StatusIs(absl::StatusCode::kUnavailable));
}

// A restart of the registry in the middle of a pull is waited for.
TEST(FetchManifest, AServerThatHasGoneIsAskedAgain) {
  auto registry = std::make_unique<FakeRegistry>(Always(ManifestAnswer()));
  RegistryOptions options = Fast();
  options.retry.max_attempts = INT_MAX;
  auto client = ClientFor(registry->address(), options);
  ASSERT_THAT(client->FetchManifest(Call(), "t"), IsOk());
  registry.reset();
  EXPECT_THAT(client->FetchManifest(Call::WithTimeout(absl::Milliseconds(300)), "t"),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST(FetchManifest, ByDigest) {
  FakeRegistry registry(Always(ManifestAnswer()));
  auto client = ClientFor(registry.address());
  const Digest right = Digest::OfBytes(kText);
  EXPECT_THAT(client->FetchManifest(Call(), right.str()), IsOk());
  EXPECT_THAT(client->FetchManifest(Call(), Digest::OfBytes("other").str()),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr(right.str())));
}

TEST(FetchManifest, TheDigestInTheHeaderMustBeTrue) {
  FakeAnswer answer = ManifestAnswer();
  answer.headers.emplace_back("Docker-Content-Digest", Digest::OfBytes("other").str());
  FakeRegistry registry(Always(answer));
  EXPECT_THAT(ClientFor(registry.address())->FetchManifest(Call(), "t"),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST(FetchManifest, MediaTypeIsTheServersOrTheDocuments) {
  auto type_of = [](const std::string& content_type, const std::string& body) {
    FakeRegistry registry(Always({.headers = {{"Content-Type", content_type}}, .body = body}));
    return ClientFor(registry.address())->FetchManifest(Call(), "t")->media_type;
  };
  const std::string document = absl::StrCat(R"({"mediaType":")", kType, "\"}");
  EXPECT_EQ(type_of(absl::StrCat(kType, "; charset=utf-8"), "{}"), kType);
  EXPECT_EQ(type_of("application/json", document), kType);
  EXPECT_EQ(type_of("text/plain", document), kType);
  EXPECT_EQ(type_of("application/json", "{}"), "application/json");
  EXPECT_EQ(type_of("text/html", document), "text/html");
}

TEST(FetchManifest, IsBounded) {
  FakeRegistry registry(Always({.body = std::string(kMaxManifestSize + 1, ' ')}));
  EXPECT_THAT(ClientFor(registry.address())->FetchManifest(Call(), "t"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("limit")));
}

TEST(FetchManifest, RefusalsHaveTheirCode) {
  const std::vector<std::pair<int, absl::StatusCode>> cases = {
      {404, absl::StatusCode::kNotFound},
      {403, absl::StatusCode::kPermissionDenied},
      {401, absl::StatusCode::kUnauthenticated}};
  for (const auto& [status, code] : cases) {
    FakeRegistry registry(Always({.status = status}));
    EXPECT_THAT(ClientFor(registry.address())->FetchManifest(Call(), "t"),
                StatusIs(code, HasSubstr(registry.address())));
    EXPECT_EQ(registry.requests().size(), 2u) << "a refusal is not tried again";
  }
}

TEST(FetchManifest, BusyServersAreAskedAgain) {
  for (int status : {408, 429, 500, 502, 503, 504}) {
    FakeRegistry registry(Counting([&](const FakeRequest&, int count) -> FakeAnswer {
      return count < 3 ? FakeAnswer{.status = status, .headers = {{"Retry-After", "1000"}}}
                       : ManifestAnswer();
    }));
    EXPECT_THAT(ClientFor(registry.address())->FetchManifest(Call(), "t"), IsOk()) << status;
  }
}

TEST(FetchManifest, GivesUpAfterTheLastAttempt) {
  FakeRegistry registry(Always({.status = 503}));
  EXPECT_THAT(ClientFor(registry.address())->FetchManifest(Call(), "t"),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("HTTP 503")));
  EXPECT_EQ(registry.requests().size(), 5u);
}

TEST(FetchManifest, WithAToken) {
  std::string realm;
  FakeRegistry registry([&](const FakeRequest& request) -> FakeAnswer {
    if (absl::StartsWith(request.target, "/token")) {
      return {.body = R"({"token":"abc"})"};
    }
    if (request.header("Authorization") == "Bearer abc") {
      return ManifestAnswer();
    }
    return {.status = 401,
            .headers = {
                {"WWW-Authenticate", absl::StrCat("Bearer realm=\"", realm, "\",service=\"s\"")}}};
  });
  realm = registry.Url("/token");
  Credentials credentials;
  credentials.username = "user";
  credentials.password = Secret("pass");
  auto client = ClientFor(registry.address(), Fast(), credentials);
  EXPECT_THAT(client->FetchManifest(Call(), "t"), IsOk());
  EXPECT_THAT(client->FetchManifest(Call(), "t"), IsOk());
  EXPECT_THAT(registry.targets(), ElementsAre("/v2/", "/v2/a/b/manifests/t",
                                              "/token?service=s&scope=repository%3Aa%2Fb%3Apull",
                                              "/v2/a/b/manifests/t", "/v2/a/b/manifests/t"));
}

FakeAnswer HeadAnswer(const std::string& digest) {
  return {.headers = {{"Content-Type", kType}, {"Docker-Content-Digest", digest}}};
}

TEST(HeadManifest, TellsTypeAndDigest) {
  const Digest digest = Digest::OfBytes(kText);
  FakeRegistry registry(Always(HeadAnswer(digest.str())));
  ASSERT_OK_AND_ASSIGN(auto head, ClientFor(registry.address())->HeadManifest(Call(), "t"));
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->media_type, kType);
  EXPECT_EQ(head->digest, digest);
  EXPECT_EQ(registry.requests()[1].method, "HEAD");
  EXPECT_EQ(registry.requests()[1].target, "/v2/a/b/manifests/t");
  EXPECT_THAT(registry.requests()[1].header("Accept"), HasSubstr(kType));
  EXPECT_THAT(ClientFor(registry.address())->HeadManifest(Call(), Digest::OfBytes("other").str()),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST(HeadManifest, MayTellNothing) {
  for (const FakeAnswer& answer :
       {FakeAnswer{.status = 405}, FakeAnswer{.status = 501}, HeadAnswer(""),
        HeadAnswer("sha256:x"), FakeAnswer{.headers = {{"Content-Type", kType}}}}) {
    FakeRegistry registry(Always(answer));
    ASSERT_OK_AND_ASSIGN(auto head, ClientFor(registry.address())->HeadManifest(Call(), "t"));
    EXPECT_FALSE(head.has_value());
  }
}

TEST(HeadManifest, RefusalsHaveTheirCode) {
  const std::vector<std::pair<int, absl::StatusCode>> cases = {
      {404, absl::StatusCode::kNotFound},
      {403, absl::StatusCode::kPermissionDenied},
      {503, absl::StatusCode::kUnavailable}};
  for (const auto& [status, code] : cases) {
    FakeRegistry registry(Always({.status = status}));
    EXPECT_THAT(ClientFor(registry.address())->HeadManifest(Call(), "t"),
                StatusIs(code, HasSubstr(registry.address())));
  }
}

class MirrorTest : public ::testing::Test {
 protected:
  // A registry that nothing can reach, with these servers in its hosts.toml.
  std::unique_ptr<RegistryClient> Client(const std::vector<std::string>& tables,
                                         const std::string& server,
                                         const Credentials& credentials = Credentials()) {
    std::string text = absl::StrCat("server = \"", server, "\"\n");
    for (const std::string& table : tables) {
      absl::StrAppend(&text, table, "\n");
    }
    dir_.Write("registry.invalid/hosts.toml", text);
    RegistryOptions options = Fast();
    options.registry_dirs = {dir_.path()};
    return ClientFor("registry.invalid", options, credentials);
  }
  static std::string Table(const FakeRegistry& registry, const std::string& more = "") {
    return absl::StrCat("[host.\"", registry.Url(""), "\"]\n", more);
  }

  TempDir dir_;
};

TEST_F(MirrorTest, ComesFirstAndKnowsForWhom) {
  FakeRegistry mirror(Always(ManifestAnswer()));
  FakeRegistry server(Always(ManifestAnswer()));
  EXPECT_THAT(Client({Table(mirror)}, server.Url(""))->FetchManifest(Call(), "t"), IsOk());
  EXPECT_THAT(mirror.targets(), ElementsAre("/v2/a/b/manifests/t?ns=registry.invalid"));
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(MirrorTest, AnyFailureOfItLeadsToTheServer) {
  FakeRegistry server(Always(ManifestAnswer()));
  for (int status : {404, 401, 403, 500, 503}) {
    FakeRegistry mirror(Always({.status = status}));
    EXPECT_THAT(Client({Table(mirror)}, server.Url(""))->FetchManifest(Call(), "t"), IsOk());
    EXPECT_EQ(mirror.requests().size(), 1u);
  }
  FakeRegistry liar(Always({.headers = {{"Content-Type", kType}}, .body = "{}"}));
  EXPECT_THAT(
      Client({Table(liar)}, server.Url(""))->FetchManifest(Call(), Digest::OfBytes(kText).str()),
      IsOk());
}

TEST_F(MirrorTest, TheServersErrorCounts) {
  FakeRegistry mirror(Always({.status = 403}));
  FakeRegistry server(Always({.status = 404}));
  EXPECT_THAT(Client({Table(mirror)}, server.Url(""))->FetchManifest(Call(), "t"),
              StatusIs(absl::StatusCode::kNotFound,
                       AllOf(HasSubstr(server.address()), HasSubstr(mirror.address()))));
}

TEST_F(MirrorTest, CapabilitiesAreKept) {
  FakeRegistry mirror(Always(ManifestAnswer()));
  FakeRegistry server(Always(ManifestAnswer()));
  auto client = Client({Table(mirror, "capabilities = [\"pull\"]")}, server.Url(""));
  EXPECT_THAT(client->FetchManifest(Call(), "t"), IsOk());
  EXPECT_THAT(mirror.requests(), IsEmpty());
  EXPECT_THAT(client->FetchManifest(Call(), Digest::OfBytes(kText).str()), IsOk());
  EXPECT_EQ(mirror.requests().size(), 1u);
}

TEST_F(MirrorTest, DoesNotGetTheCredentials) {
  Credentials credentials;
  credentials.username = "user";
  credentials.password = Secret("pass");
  auto demand = [](const FakeRequest& request) -> FakeAnswer {
    if (request.header("Authorization").empty()) {
      return {.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=x"}}};
    }
    return ManifestAnswer();
  };
  FakeRegistry mirror(demand);
  FakeRegistry server(demand);
  EXPECT_THAT(Client({Table(mirror)}, server.Url(""), credentials)->FetchManifest(Call(), "t"),
              IsOk());
  EXPECT_EQ(mirror.requests().size(), 1u);
  EXPECT_EQ(server.requests().size(), 2u);
  EXPECT_THAT(Client({Table(mirror, "send_credentials = true")}, server.Url(""), credentials)
                  ->FetchManifest(Call(), "t"),
              IsOk());
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST(ListTags, GoesFromPageToPage) {
  FakeRegistry registry([](const FakeRequest& request) {
    if (request.target == "/v2/a/b/tags/list?n=1000") {
      return FakeAnswer{.headers = {{"Link", "</v2/a/b/tags/list?n=1000&last=y>; rel=\"next\""}},
                        .body = R"({"tags": ["x", "y"]})"};
    }
    return FakeAnswer{.body = R"({"tags": ["z"]})"};
  });
  ASSERT_OK_AND_ASSIGN(const std::vector<std::string> tags,
                       ClientFor(registry.address())->ListTags(Call()));
  EXPECT_THAT(tags, ElementsAre("x", "y", "z"));
  EXPECT_THAT(registry.targets(),
              ElementsAre("/v2/", "/v2/a/b/tags/list?n=1000", "/v2/a/b/tags/list?n=1000&last=y"));
}

TEST(ListTags, AServerThatHasAlwaysMoreIsLeft) {
  std::string page = "\"x\"";
  for (int i = 0; i < 999; ++i) {
    page += ",\"x\"";
  }
  FakeRegistry endless(Always({.headers = {{"Link", "</x>; rel=\"next\""}},
                               .body = absl::StrCat(R"({"tags": [)", page, "]}")}));
  EXPECT_THAT(ClientFor(endless.address())->ListTags(Call()),
              StatusIs(absl::StatusCode::kResourceExhausted));
  FakeRegistry none(Always({.status = 404}));
  EXPECT_THAT(ClientFor(none.address())->ListTags(Call()), StatusIs(absl::StatusCode::kNotFound));
}

TEST(NewRegistryClient, NamesWhatIsMalformed) {
  TempDir dir;
  dir.Write("a.com/hosts.toml", "server = [\n");
  RegistryOptions options = Fast();
  options.registry_dirs = {dir.path()};
  ASSERT_OK_AND_ASSIGN(ImageReference reference, ImageReference::Parse("a.com/x"));
  EXPECT_THAT(NewRegistryClient(options, reference, Credentials()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("a.com/hosts.toml:")));
  Credentials credentials;
  credentials.auth = Secret("!");
  EXPECT_THAT(NewRegistryClient(Fast(), reference, credentials),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("auth")));
}

}  // namespace
}  // namespace berth::imageservice
