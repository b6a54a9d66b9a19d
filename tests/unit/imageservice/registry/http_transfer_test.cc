// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/http_transfer.h"

#include <errno.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "imageservice/registry/retry_policy.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::HasSubstr;

HttpRequest Request() {
  HttpRequest request;
  request.url = *Url::Parse("https://host:5000/");
  request.stall_timeout = absl::Seconds(10);
  return request;
}

TEST(HttpTransfer, NoticesSilence) {
  HttpRequest request = Request();
  HttpTransfer transfer(request);
  EXPECT_THAT(transfer.CheckProgress(SteadyNow()), IsOk());
  EXPECT_THAT(transfer.CheckProgress(SteadyNow() + absl::Seconds(11)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("host:5000: nothing")));
}

TEST(HttpTransfer, ServersThatAreNotThereAreTold) {
  HttpRequest request = Request();
  auto failure = [&request](CURLcode code, long os_error) {
    return HttpTransfer(request).Finish(code, os_error).status();
  };
  EXPECT_TRUE(IsUnreachable(failure(CURLE_COULDNT_CONNECT, ECONNREFUSED)));
  EXPECT_TRUE(IsUnreachable(failure(CURLE_COULDNT_RESOLVE_HOST, 0)));
  EXPECT_FALSE(IsUnreachable(failure(CURLE_COULDNT_CONNECT, EHOSTUNREACH)));
  EXPECT_FALSE(IsUnreachable(failure(CURLE_OPERATION_TIMEDOUT, 0)));
  EXPECT_FALSE(IsUnreachable(failure(CURLE_RECV_ERROR, ECONNREFUSED)));
}

TEST(HttpTransfer, FailuresThatMayPassAreMarked) {
  for (CURLcode code : {CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_RECV_ERROR,
                        CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_OPERATION_TIMEDOUT,
                        CURLE_SSL_CONNECT_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM}) {
    HttpRequest request = Request();
    HttpTransfer transfer(request);
    auto result = transfer.Finish(code);
    EXPECT_THAT(result, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("host:5000: ")));
    EXPECT_TRUE(IsTransient(result.status())) << curl_easy_strerror(code);
  }
}

TEST(HttpTransfer, FailuresThatStayAreNot) {
  for (CURLcode code : {CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
                        CURLE_SSL_CERTPROBLEM, CURLE_UNSUPPORTED_PROTOCOL}) {
    HttpRequest request = Request();
    HttpTransfer transfer(request);
    auto result = transfer.Finish(code);
    EXPECT_THAT(result, StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_FALSE(IsTransient(result.status())) << curl_easy_strerror(code);
  }
}

}  // namespace
}  // namespace berth::imageservice
