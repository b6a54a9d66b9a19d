// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/blob_transfer.h"

#include <string>

#include "absl/strings/str_cat.h"
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

HttpResponse Head(int status, std::vector<HttpHeader> headers = {}) {
  HttpResponse head;
  head.status = status;
  head.headers = std::move(headers);
  head.url = *Url::Parse("https://host/");
  return head;
}

HttpResponse Partial(const std::string& range) {
  return Head(206, {{"Content-Range", range}});
}

class BlobTransferTest : public ::testing::Test {
 protected:
  BlobSource blob_{.digest = Digest::OfBytes("0123456789"), .size = 10, .urls = {}};
  std::string received_;
  BytesSink sink_ = [this](absl::string_view bytes) {
    absl::StrAppend(&received_, bytes);
    return absl::OkStatus();
  };
  BlobTransfer transfer_{blob_, sink_, absl::UnixEpoch()};
};

TEST_F(BlobTransferTest, InOneAnswer) {
  HttpResponse head = Head(200, {{"Content-Length", "10"}});
  EXPECT_EQ(transfer_.Range(), "");
  transfer_.StartAnswer();
  EXPECT_THAT(transfer_.Take(head, "01234"), IsOk());
  EXPECT_THAT(transfer_.Take(head, "56789"), IsOk());
  EXPECT_THAT(transfer_.FinishAnswer(head), IsOk());
  EXPECT_EQ(received_, "0123456789");
  EXPECT_GT(transfer_.last_progress(), absl::UnixEpoch());
}

TEST_F(BlobTransferTest, GoesOnWhereItBroke) {
  transfer_.StartAnswer();
  EXPECT_THAT(transfer_.Take(Head(200), "0123"), IsOk());
  EXPECT_EQ(transfer_.Range(), "bytes=4-");
  HttpResponse rest = Partial("bytes 4-9/10");
  transfer_.StartAnswer();
  EXPECT_THAT(transfer_.Take(rest, "456789"), IsOk());
  EXPECT_THAT(transfer_.FinishAnswer(rest), IsOk());
  EXPECT_EQ(received_, "0123456789");
}

TEST_F(BlobTransferTest, SkipsWhatComesTwice) {
  transfer_.StartAnswer();
  EXPECT_THAT(transfer_.Take(Head(200), "01234"), IsOk());
  HttpResponse whole = Head(200, {{"Content-Length", "10"}});
  transfer_.StartAnswer();
  for (absl::string_view piece : {"012", "3456", "789"}) {
    EXPECT_THAT(transfer_.Take(whole, piece), IsOk());
  }
  EXPECT_THAT(transfer_.FinishAnswer(whole), IsOk());
  EXPECT_EQ(received_, "0123456789");
}

TEST_F(BlobTransferTest, TheWrongPartIsRefused) {
  transfer_.StartAnswer();
  EXPECT_THAT(transfer_.Take(Head(200), "01234"), IsOk());
  for (const std::string range : {"bytes 0-9/10", "bytes 6-9/10", "", "5-9/10", "bytes x-9/10"}) {
    transfer_.StartAnswer();
    EXPECT_THAT(transfer_.Take(Partial(range), "x"), StatusIs(absl::StatusCode::kDataLoss))
        << range;
  }
  EXPECT_EQ(received_, "01234");
}

TEST_F(BlobTransferTest, WhatWasNotAskedForMayBePartialFromTheStart) {
  transfer_.StartAnswer();
  EXPECT_THAT(transfer_.Take(Partial("bytes 0-9/*"), "0123456789"), IsOk());
  EXPECT_THAT(transfer_.FinishAnswer(Partial("bytes 0-9/*")), IsOk());
}

TEST_F(BlobTransferTest, AnotherSizeIsRefusedBeforeTheFirstByte) {
  for (const HttpResponse& head :
       {Head(200, {{"Content-Length", "11"}}), Head(200, {{"Content-Length", "9"}}),
        Partial("bytes 0-10/11"), Partial("bytes 0-8/9"),
        Head(206, {{"Content-Range", "bytes 0-9/10"}, {"Content-Length", "12"}})}) {
    transfer_.StartAnswer();
    EXPECT_THAT(transfer_.Take(head, "0"),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("the 10 bytes of its descriptor")));
  }
  EXPECT_EQ(received_, "");
}

TEST_F(BlobTransferTest, MoreBytesThanItsSizeAreRefused) {
  transfer_.StartAnswer();
  EXPECT_THAT(transfer_.Take(Head(200), "0123456789"), IsOk());
  EXPECT_THAT(transfer_.Take(Head(200), "x"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("larger")));
  EXPECT_EQ(received_, "0123456789");
}

TEST_F(BlobTransferTest, AnEarlyEndMayBeABrokenConnection) {
  transfer_.StartAnswer();
  EXPECT_THAT(transfer_.Take(Head(200), "01234"), IsOk());
  absl::Status status = transfer_.FinishAnswer(Head(200));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("5 of 10 bytes")));
  EXPECT_TRUE(IsTransient(status));
}

TEST_F(BlobTransferTest, AnEmptyAnswerIsTooShort) {
  HttpResponse empty = Head(200, {{"Content-Length", "0"}});
  transfer_.StartAnswer();
  EXPECT_THAT(transfer_.FinishAnswer(empty), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(BlobTransferTest, ARefusalIsTheServers) {
  transfer_.StartAnswer();
  EXPECT_THAT(transfer_.FinishAnswer(Head(404)), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(BlobTransferTest, TheSinksErrorIsKept) {
  BytesSink full = [](absl::string_view) { return absl::ResourceExhaustedError("full"); };
  BlobTransfer transfer(blob_, full, SteadyNow());
  transfer.StartAnswer();
  EXPECT_THAT(transfer.Take(Head(200), "0"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(transfer.sink_error(), StatusIs(absl::StatusCode::kResourceExhausted));
}

}  // namespace
}  // namespace berth::imageservice
