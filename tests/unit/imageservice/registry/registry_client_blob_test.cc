// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "imageservice/registry/registry_client.h"
#include "tests/fakes/fake_registry.h"
#include "tests/support/status_matchers.h"
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
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

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
  const absl::Time start = SteadyNow();
  EXPECT_THAT(Fetch(*ClientFor(registry.address(), options)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("no progress for 200ms")));
  EXPECT_LT(SteadyNow() - start, absl::Seconds(10));
}

TEST_F(FetchBlobTest, ATrickleEndsAfterTheProgressTimeout) {
  FakeRegistry registry(Counting([&](const FakeRequest& request, int) {
    FakeAnswer answer = Part(request);
    answer.piece = 1;
    answer.pause = absl::Milliseconds(20);
    return answer;
  }));
  RegistryOptions options = Fast();
  options.progress_timeout = absl::Milliseconds(400);
  options.retry.max_attempts = 100;
  EXPECT_THAT(Fetch(*ClientFor(registry.address(), options)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("no progress for 400ms")));
}

TEST_F(FetchBlobTest, ASlowSenderIsWaitedFor) {
  const std::string blob(10'000, 's');
  FakeRegistry registry(
      Always({.body = blob, .piece = blob.size() / 10, .pause = absl::Milliseconds(20)}));
  blob_ = {.digest = Digest::OfBytes(blob), .size = blob.size(), .urls = {}};
  RegistryOptions options = Fast();
  options.progress_timeout = absl::Milliseconds(800);
  EXPECT_THAT(Fetch(*ClientFor(registry.address(), options)), IsOk());
  EXPECT_EQ(received_, blob);
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

}  // namespace
}  // namespace berth::imageservice
