#include "bulkhead/bus/vhost_user/request_names.hpp"

namespace bulkhead::vhost_user {

std::string_view request_name(Request request) {
  switch (request) {
    case Request::get_features:
      return "GET_FEATURES";
    case Request::set_features:
      return "SET_FEATURES";
    case Request::set_owner:
      return "SET_OWNER";
    case Request::set_mem_table:
      return "SET_MEM_TABLE";
    case Request::set_vring_num:
      return "SET_VRING_NUM";
    case Request::set_vring_addr:
      return "SET_VRING_ADDR";
    case Request::set_vring_base:
      return "SET_VRING_BASE";
    case Request::get_vring_base:
      return "GET_VRING_BASE";
    case Request::set_vring_kick:
      return "SET_VRING_KICK";
    case Request::set_vring_call:
      return "SET_VRING_CALL";
    case Request::get_protocol_features:
      return "GET_PROTOCOL_FEATURES";
    case Request::set_protocol_features:
      return "SET_PROTOCOL_FEATURES";
    case Request::set_vring_enable:
      return "SET_VRING_ENABLE";
  }
  return "a message of no known number";
}

}  // namespace bulkhead::vhost_user
