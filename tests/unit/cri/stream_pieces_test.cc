// SPDX-License-Identifier: Apache-2.0
#include "cri/stream_pieces.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "proto/runtime/v1/api.pb.h"

namespace berth::cri {
namespace {

namespace v1 = ::runtime::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Containers = google::protobuf::RepeatedPtrField<v1::Container>;
using Ids = std::vector<std::string>;

class SendInPieces : public ::testing::Test {
 protected:
  void Add(const std::string& id, size_t size = 0) {
    v1::Container& item = *items.Add();
    item.set_id(id);
    item.set_image_ref(std::string(size, 'x'));
  }
  absl::Status Send(size_t taken = SIZE_MAX) {
    const auto write = [&](const v1::StreamContainersResponse& message) {
      Ids& ids = pieces.emplace_back();
      for (const v1::Container& item : message.containers()) {
        ids.push_back(item.id());
      }
      return pieces.size() <= taken;
    };
    return cri::SendInPieces<v1::StreamContainersResponse, v1::Container>(
        items, &v1::StreamContainersResponse::mutable_containers, write);
  }

  Containers items;
  std::vector<Ids> pieces;
};

TEST_F(SendInPieces, SendsNothingOfNothing) {
  EXPECT_TRUE(Send().ok());
  EXPECT_THAT(pieces, IsEmpty());
}

TEST_F(SendInPieces, SendsAFewItemsAtOnce) {
  Add("a");
  Add("b");
  EXPECT_TRUE(Send().ok());
  EXPECT_THAT(pieces, ElementsAre(ElementsAre("a", "b")));
}

TEST_F(SendInPieces, BeginsAMessageBeforeOneIsTooLarge) {
  Add("a", kMaxPiece / 2);
  Add("b", kMaxPiece / 3);
  Add("c", kMaxPiece / 3);
  Add("d", 2 * kMaxPiece);
  Add("e");
  EXPECT_TRUE(Send().ok());
  EXPECT_THAT(pieces, ElementsAre(ElementsAre("a", "b"), ElementsAre("c"), ElementsAre("d"),
                                  ElementsAre("e")));
}

TEST_F(SendInPieces, EndsWithAClientThatTakesNoMore) {
  for (const char* id : {"a", "b", "c"}) {
    Add(id, kMaxPiece);
  }
  EXPECT_TRUE(absl::IsCancelled(Send(1)));
  EXPECT_THAT(pieces, ElementsAre(ElementsAre("a"), ElementsAre("b")));
}

TEST_F(SendInPieces, TellsOfAClientThatDoesNotTakeTheLastOne) {
  Add("a");
  EXPECT_TRUE(absl::IsCancelled(Send(0)));
}

}  // namespace
}  // namespace berth::cri
