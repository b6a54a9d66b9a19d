// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/registry_client.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/image_manifest.h"
#include "tests/fakes/fake_registry.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using test::FakeAnswer;
using test::FakeRegistry;
using test::FakeRequest;
using test::IsOk;
using test::StatusIs;
using test::TempDir;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kType[] = "application/vnd.oci.image.manifest.v1+json";
constexpr char kText[] = R"({"schemaVersion":2})";

RegistryOptions Fast() {
  return {.registry_dirs = {},
          .progress_timeout = absl::Seconds(30),
          .retry = {.max_attempts = 4,
                    .first_delay = absl::Milliseconds(1),
                    .max_delay = absl::Milliseconds(2),
                    .max_retry_after = absl::Milliseconds(5)}};
}

std::unique_ptr<RegistryClient> ClientFor(const std::string& registry,
                                          const RegistryOptions& options = Fast(),
                                          const Credentials& credentials = Credentials()) {
  auto reference = ImageReference::Parse(absl::StrCat(registry, "/a/b:t"));
  EXPECT_TRUE(reference.ok()) << reference.status();
  auto client = NewRegistryClient(options, *reference, credentials);
  EXPECT_TRUE(client.ok()) << client.status();
  return *std::move(client);
}

// The fake's answer to the question whether it speaks TLS.
bool IsProbe(const FakeRequest& request) {
  return request.target == "/v2/";
}

FakeAnswer ManifestAnswer() {
  return {.headers = {{"Content-Type", kType}}, .body = kText};
}

// A server that answers everything but the probe by a function that counts its calls.
FakeRegistry::Handler Counting(std::function<FakeAnswer(const FakeRequest&, int count)> answer) {
  auto count = std::make_shared<std::atomic<int>>(0);
  return [answer, count](const FakeRequest& request) -> FakeAnswer {
    return IsProbe(request) ? FakeAnswer{} : answer(request, ++*count);
  };
}

FakeRegistry::Handler Always(FakeAnswer answer) {
  return [answer](const FakeRequest& request) { return IsProbe(request) ? FakeAnswer{} : answer; };
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

std::string RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  uint32_t state = 1;
  for (char& c : bytes) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return bytes;
}

class FetchBlobTest : public ::testing::Test {
 protected:
  // What of the blob the request's Range asks for, as a real server would answer.
  FakeAnswer Part(const FakeRequest& request) const {
    std::string range = request.header("Range");
    if (range.empty()) {
      return {.body = bytes_};
    }
    const size_t first = std::stoul(range.substr(6));
    return {.status = 206,
            .headers = {{"Content-Range", absl::StrCat("bytes ", first, "-", bytes_.size() - 1, "/",
                                                       bytes_.size())}},
            .body = bytes_.substr(first)};
  }
  absl::Status Fetch(RegistryClient& client, const Call& call = Call()) {
    received_.clear();
    return client.FetchBlob(call, blob_, [this](absl::string_view bytes) {
      absl::StrAppend(&received_, bytes);
      return absl::OkStatus();
    });
  }
  bool IsWhole() const { return received_ == bytes_; }

  const std::string bytes_ = RandomBytes(1 << 20);
  BlobSource blob_{.digest = Digest::OfBytes(bytes_), .size = bytes_.size(), .urls = {}};
  std::string received_;
};

TEST_F(FetchBlobTest, Whole) {
  FakeRegistry registry(Counting([&](const FakeRequest& r, int) { return Part(r); }));
  EXPECT_THAT(Fetch(*ClientFor(registry.address())), IsOk());
  EXPECT_TRUE(IsWhole());
  EXPECT_EQ(registry.requests()[1].target, absl::StrCat("/v2/a/b/blobs/", blob_.digest.str()));
}

TEST_F(FetchBlobTest, GoesOnByRange) {
  FakeRegistry registry(Counting([&](const FakeRequest& request, int count) {
    FakeAnswer answer = Part(request);
    if (count < 4) {
      answer.cut_after = 100'000;
    }
    return answer;
  }));
  EXPECT_THAT(Fetch(*ClientFor(registry.address())), IsOk());
  EXPECT_TRUE(IsWhole());
  EXPECT_EQ(registry.requests()[2].header("Range"), "bytes=100000-");
  EXPECT_EQ(registry.requests()[4].header("Range"), "bytes=300000-");
}

TEST_F(FetchBlobTest, ProgressEarnsNewAttempts) {
  FakeRegistry registry(Counting([&](const FakeRequest& request, int) {
    FakeAnswer answer = Part(request);
    if (answer.body.size() > 270'000) {
      answer.cut_after = 262'144;
    }
    return answer;
  }));
  RegistryOptions options = Fast();
  options.retry.max_attempts = 2;
  EXPECT_THAT(Fetch(*ClientFor(registry.address(), options)), IsOk());
  EXPECT_TRUE(IsWhole());
}

TEST_F(FetchBlobTest, GoesOnWhereRangeIsIgnored) {
  FakeRegistry registry(Counting([&](const FakeRequest&, int count) {
    FakeAnswer answer{.body = bytes_};
    if (count < 3) {
      answer.cut_after = 500'000;
    }
    return answer;
  }));
  EXPECT_THAT(Fetch(*ClientFor(registry.address())), IsOk());
  EXPECT_TRUE(IsWhole());
}

TEST_F(FetchBlobTest, AConnectionThatEndsWithoutALength) {
  FakeRegistry registry(Counting([&](const FakeRequest& request, int count) {
    FakeAnswer answer = Part(request);
    answer.has_length = false;
    if (count == 1) {
      answer.cut_after = 1000;
    }
    return answer;
  }));
  EXPECT_THAT(Fetch(*ClientFor(registry.address())), IsOk());
  EXPECT_TRUE(IsWhole());
}

TEST_F(FetchBlobTest, BrokenOffForGood) {
  FakeRegistry registry(Counting([&](const FakeRequest& request, int) {
    FakeAnswer answer = Part(request);
    answer.cut_after = 10;
    return answer;
  }));
  EXPECT_THAT(Fetch(*ClientFor(registry.address())),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(registry.address())));
  EXPECT_EQ(registry.requests().size(), 5u);
}

TEST_F(FetchBlobTest, AnotherSizeIsRefusedAtOnce) {
  for (uint64_t size : {bytes_.size() + 1, bytes_.size() - 1, size_t{100}}) {
    FakeRegistry registry(Counting([&](const FakeRequest& r, int) { return Part(r); }));
    blob_.size = size;
    EXPECT_THAT(Fetch(*ClientFor(registry.address())), StatusIs(absl::StatusCode::kDataLoss));
    EXPECT_EQ(registry.requests().size(), 2u);
    EXPECT_THAT(received_, IsEmpty());
  }
}

TEST_F(FetchBlobTest, MissingIsNotFound) {
  FakeRegistry registry(Always({.status = 404}));
  EXPECT_THAT(Fetch(*ClientFor(registry.address())), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(FetchBlobTest, TheSinksErrorEndsIt) {
  FakeRegistry registry(Counting([&](const FakeRequest& r, int) { return Part(r); }));
  int calls = 0;
  absl::Status status =
      ClientFor(registry.address())->FetchBlob(Call(), blob_, [&](absl::string_view) {
        ++calls;
        return absl::ResourceExhaustedError("disk full");
      });
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, "disk full"));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(registry.requests().size(), 2u);
}

TEST_F(FetchBlobTest, RedirectedWithoutAuthorization) {
  FakeRegistry cdn([&](const FakeRequest& request) {
    FakeAnswer answer = Part(request);
    if (request.header("Range").empty()) {
      answer.cut_after = 5000;
    }
    return answer;
  });
  FakeRegistry registry([&](const FakeRequest& request) -> FakeAnswer {
    if (request.header("Authorization").empty()) {
      return {.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=x"}}};
    }
    return {.status = 307, .headers = {{"Location", cdn.Url("/signed")}}};
  });
  Credentials credentials;
  credentials.auth = Secret(absl::Base64Escape("user:pass"));
  EXPECT_THAT(Fetch(*ClientFor(registry.address(), Fast(), credentials)), IsOk());
  EXPECT_TRUE(IsWhole());
  ASSERT_EQ(cdn.requests().size(), 2u);
  EXPECT_EQ(cdn.requests()[0].header("Authorization"), "");
  EXPECT_EQ(cdn.requests()[1].header("Range"), "bytes=5000-");
}

TEST_F(FetchBlobTest, ADeadConnectionIsReplaced) {
  FakeRegistry registry(Counting([&](const FakeRequest& request, int count) {
    FakeAnswer answer = Part(request);
    if (count == 1) {
      answer.silent_after = 100'000;
    }
    return answer;
  }));
  RegistryOptions options = Fast();
  options.progress_timeout = absl::Milliseconds(400);
  EXPECT_THAT(Fetch(*ClientFor(registry.address(), options)), IsOk());
  EXPECT_TRUE(IsWhole());
  EXPECT_EQ(registry.requests()[2].header("Range"), "bytes=100000-");
}

TEST_F(FetchBlobTest, SilenceEndsAfterTheProgressTimeout) {
  FakeRegistry registry(Counting([&](const FakeRequest& request, int) {
    FakeAnswer answer = Part(request);
    answer.silent_after = 0;
    return answer;
  }));
  RegistryOptions options = Fast();
  options.progress_timeout = absl::Milliseconds(200);
  options.retry.max_attempts = 100;
  const absl::Time start = absl::Now();
  EXPECT_THAT(Fetch(*ClientFor(registry.address(), options)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("no progress for 200ms")));
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
}

TEST_F(FetchBlobTest, ASlowSenderIsWaitedFor) {
  FakeRegistry registry(
      Always({.body = "0123456789", .piece = 1, .pause = absl::Milliseconds(20)}));
  blob_ = {.digest = Digest::OfBytes("0123456789"), .size = 10, .urls = {}};
  RegistryOptions options = Fast();
  options.progress_timeout = absl::Milliseconds(800);
  EXPECT_THAT(Fetch(*ClientFor(registry.address(), options)), IsOk());
  EXPECT_EQ(received_, "0123456789");
}

TEST_F(FetchBlobTest, CancellationEndsIt) {
  std::atomic<bool> cancelled = false;
  FakeRegistry registry(Counting([&](const FakeRequest& request, int) {
    FakeAnswer answer = Part(request);
    answer.silent_after = 10;
    cancelled = true;
    return answer;
  }));
  Call call(absl::InfiniteFuture(), [&] { return cancelled.load(); });
  EXPECT_THAT(Fetch(*ClientFor(registry.address()), call), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(FetchBlobTest, ForeignLayersComeOverTlsOnly) {
  FakeRegistry elsewhere([&](const FakeRequest& r) { return Part(r); });
  FakeRegistry registry(Always({.status = 404}));
  blob_.urls = {elsewhere.Url("/layer"), "file:///etc/passwd"};
  EXPECT_THAT(Fetch(*ClientFor(registry.address())), Not(IsOk()));
  EXPECT_THAT(elsewhere.requests(), IsEmpty());
}

TEST_F(FetchBlobTest, LayersComeInParallel) {
  FakeRegistry registry(Counting([&](const FakeRequest& r, int) { return Part(r); }));
  auto client = ClientFor(registry.address());
  std::atomic<int> whole = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      std::string received;
      absl::Status status = client->FetchBlob(Call(), blob_, [&](absl::string_view bytes) {
        absl::StrAppend(&received, bytes);
        return absl::OkStatus();
      });
      whole += status.ok() && received == bytes_ ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(whole, 4);
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
