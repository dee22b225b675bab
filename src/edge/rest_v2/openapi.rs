//! The OpenAPI document of the customer API, made from the table of operations and the types of the
//! reply.

use crate::edge::rest_v2::form::{MESSAGE_ID, SECURE_KEY, USER_ID};
use crate::edge::rest_v2::route::Operation;
use crate::edge::rest_v2::wire::{ChatReply, ErrorNote, Message, MessageType, Sender, SenderType};
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{ComponentsBuilder, Object, ObjectBuilder, Ref, Type};
use utoipa::openapi::{
    Content, HttpMethod, Info, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Required,
    ResponseBuilder,
};

/// The statuses that an operation may answer with, all in the same shape.
const STATUSES: &[(&str, &str)] = &[
    ("200", "Carried out, or refused with statusCode 2"),
    ("400", "The request is wrong; the code says what"),
    ("404", "There is no such service or operation"),
    ("408", "The body came too slowly"),
    ("409", "The same key was used for another request"),
    ("413", "The request or the transcript is too large"),
    ("429", "Too much at once; wait as Retry-After says"),
    ("503", "Not now, with statusCode 1: ask again with the same key"),
];

/// The whole document.
pub fn document() -> OpenApi {
    let mut paths = PathsBuilder::new();
    for operation in Operation::ALL {
        paths =
            paths.path(operation.path(), PathItem::new(HttpMethod::Post, described(*operation)));
    }
    OpenApiBuilder::new()
        .info(Info::new("Holdfast customer API", env!("CARGO_PKG_VERSION")))
        .paths(paths.path("/openapi.json", PathItem::new(HttpMethod::Get, this_document())))
        .components(Some(
            ComponentsBuilder::new()
                .schema_from::<ChatReply>()
                .schema_from::<Message>()
                .schema_from::<Sender>()
                .schema_from::<SenderType>()
                .schema_from::<MessageType>()
                .schema_from::<ErrorNote>()
                .build(),
        ))
        .build()
}

fn described(operation: Operation) -> OperationBuilder {
    let described = OperationBuilder::new()
        .operation_id(Some(operation.name()))
        .summary(Some(operation.summary()))
        .parameter(path_parameter("service", "A service of the configuration"));
    let mut described =
        described.parameter(key_parameter()).request_body(Some(request_body(operation)));
    if operation != Operation::Create {
        described = described.parameter(path_parameter("chatId", "The session"));
    }
    let reply = Content::new(Some(Ref::from_schema_name("ChatReply")));
    STATUSES.iter().fold(described, |described, (status, means)| {
        let response = ResponseBuilder::new().description(*means);
        described.response(*status, response.content("application/json", reply.clone()))
    })
}

fn this_document() -> OperationBuilder {
    let response = ResponseBuilder::new().description("This document");
    OperationBuilder::new()
        .operation_id(Some("openapi"))
        .summary(Some("Describes the customer API"))
        .response("200", response.content("application/json", Content::new(Some(Object::new()))))
}

fn path_parameter(name: &str, means: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(means))
        .schema(Some(text()))
        .build()
}

fn key_parameter() -> Parameter {
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The client's own name for this request: sent again, it is done once"))
        .schema(Some(text()))
        .build()
}

fn request_body(operation: Operation) -> RequestBody {
    let form = form(operation);
    RequestBodyBuilder::new()
        .required(Some(Required::True))
        .content("application/x-www-form-urlencoded", Content::new(Some(form.clone())))
        .content("multipart/form-data", Content::new(Some(form)))
        .build()
}

fn form(operation: Operation) -> Object {
    let mut form = ObjectBuilder::new();
    if operation != Operation::Create {
        for name in [USER_ID, SECURE_KEY] {
            form = form.property(name, text()).required(name);
        }
        form = form.property("alias", text());
    }
    for name in operation.parameters() {
        form = form.property(*name, text());
    }
    for name in operation.required() {
        form = form.required(*name);
    }
    if operation.takes_user_data() {
        let means = "One parameter for each KEY";
        form = form.property("userData[KEY]", text_that(means));
    }
    form.property(MESSAGE_ID, text_that("The same as Idempotency-Key")).build()
}

fn text() -> Object {
    Object::with_type(Type::String)
}

fn text_that(means: &str) -> Object {
    ObjectBuilder::new().schema_type(Type::String).description(Some(means)).build()
}
