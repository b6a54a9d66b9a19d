// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/tag_page.h"

#include <string>

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

HttpResponse Answer(const std::string& body) {
  HttpResponse response;
  response.status = 200;
  response.body = body;
  return response;
}

TEST(TagPage, HoldsTagsAndSaysWhetherThereAreMore) {
  HttpResponse response = Answer(R"({"name": "a/b", "tags": ["1", "latest"]})");
  auto page = ReadTagPage(response);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(page->tags, ElementsAre("1", "latest"));
  EXPECT_FALSE(page->has_next);
  response.headers.push_back({"Link", "</v2/a/b/tags/list?n=2&last=latest>; rel=\"next\""});
  EXPECT_TRUE(ReadTagPage(response)->has_next);
}

TEST(TagPage, AnEmptyOneIsTheLast) {
  for (const char* body : {R"({"tags": null})", R"({"tags": []})", R"({"name": "a"})"}) {
    HttpResponse response = Answer(body);
    response.headers.push_back({"Link", "</again>; rel=\"next\""});
    const auto page = ReadTagPage(response);
    ASSERT_THAT(page, IsOk());
    EXPECT_THAT(page->tags, IsEmpty());
    EXPECT_FALSE(page->has_next) << "nothing to go on after";
  }
}

TEST(TagPage, OtherAnswersAreRefused) {
  for (const char* body : {"", "[]", R"({"tags": [7]})", R"({"tags": ["a b"]})",
                           R"({"tags": ["a&b=c"]})", R"({"tags": [""]})", R"({"tags": ["a@b"]})"}) {
    EXPECT_THAT(ReadTagPage(Answer(body)), StatusIs(absl::StatusCode::kDataLoss)) << body;
  }
}

}  // namespace
}  // namespace berth::imageservice
