// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "imageservice/registry/registry_client.h"
#include "tests/fakes/fake_registry.h"

// What the tests of the registry client share.
namespace berth::test {

inline imageservice::RegistryOptions Fast() {
  return {.registry_dirs = {},
          .progress_timeout = absl::Seconds(30),
          .retry = {.max_attempts = 4,
                    .first_delay = absl::Milliseconds(1),
                    .max_delay = absl::Milliseconds(2),
                    .max_retry_after = absl::Milliseconds(5)}};
}

inline std::unique_ptr<imageservice::RegistryClient> ClientFor(
    const std::string& registry, const imageservice::RegistryOptions& options = Fast(),
    const imageservice::Credentials& credentials = {}) {
  auto reference = imageservice::ImageReference::Parse(absl::StrCat(registry, "/a/b:t"));
  EXPECT_TRUE(reference.ok()) << reference.status();
  auto client = imageservice::NewRegistryClient(options, *reference, credentials);
  EXPECT_TRUE(client.ok()) << client.status();
  return *std::move(client);
}

// The fake's answer to the question whether it speaks TLS.
inline bool IsProbe(const FakeRequest& request) {
  return request.target == "/v2/";
}

// A server that answers everything but the probe by a function that counts its calls.
inline FakeRegistry::Handler Counting(
    std::function<FakeAnswer(const FakeRequest&, int count)> answer) {
  auto count = std::make_shared<std::atomic<int>>(0);
  return [answer, count](const FakeRequest& request) -> FakeAnswer {
    return IsProbe(request) ? FakeAnswer{} : answer(request, ++*count);
  };
}

inline FakeRegistry::Handler Always(FakeAnswer answer) {
  return [answer](const FakeRequest& request) { return IsProbe(request) ? FakeAnswer{} : answer; };
}

}  // namespace berth::test
