//! The OpenAPI document of the interface, made from the table of methods.

use crate::edge::esp::reply::{Done, FaultNote, NotDone};
use crate::esp::Method;
use crate::esp::method::INTERACTION_ID;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{ComponentsBuilder, Object, ObjectBuilder, Ref, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Content, HttpMethod, Info, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Required,
    ResponseBuilder,
};

/// Where the API lives.
pub const BASE: &str = "/esp/v1";

/// Name of the one way to prove oneself.
const BASIC: &str = "client";

/// The statuses of refusals, all in the same shape.
const STATUSES: &[(&str, &str)] = &[
    ("400", "The request is wrong; the text says what"),
    ("401", "Wrong name or password"),
    ("404", "There is no such method or session"),
    ("408", "The body came too slowly"),
    ("409", "The same name was used for another request"),
    ("410", "The session is closed"),
    ("413", "The request or the transcript is too large"),
    ("415", "The body is no JSON"),
    ("429", "Too much at once; wait as Retry-After says"),
    ("501", "This version does not support it"),
    ("503", "Not now: ask again with the same name of the request"),
];

/// The whole document.
pub fn document() -> OpenApi {
    let paths = Method::ALL.iter().fold(PathsBuilder::new(), |paths, method| {
        paths.path(path_of(*method), PathItem::new(HttpMethod::Post, described(*method)))
    });
    let schemas = ComponentsBuilder::new()
        .schema_from::<Done>()
        .schema_from::<NotDone>()
        .schema_from::<FaultNote>()
        .security_scheme(BASIC, SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)));
    OpenApiBuilder::new()
        .info(Info::new("Holdfast ESP", env!("CARGO_PKG_VERSION")))
        .paths(paths)
        .components(Some(schemas.build()))
        .security(Some([SecurityRequirement::new::<&str, [&str; 0], &str>(BASIC, [])]))
        .build()
}

/// The address of a method.
pub fn path_of(method: Method) -> String {
    format!("{BASE}/{}/{}", method.service(), method.name())
}

fn described(method: Method) -> OperationBuilder {
    let done = ResponseBuilder::new()
        .description("Carried out")
        .content("application/json", Content::new(Some(Ref::from_schema_name("Done"))));
    let described = OperationBuilder::new()
        .operation_id(Some(method.name()))
        .summary(Some(method.summary()))
        .parameter(key_parameter())
        .request_body(Some(request_body(method)))
        .response("200", done);
    let refused = Content::new(Some(Ref::from_schema_name("NotDone")));
    STATUSES.iter().fold(described, |described, (status, means)| {
        let response = ResponseBuilder::new().description(*means);
        described.response(*status, response.content("application/json", refused.clone()))
    })
}

fn key_parameter() -> Parameter {
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The client's own name for this request; messageId says the same"))
        .schema(Some(text("")))
        .build()
}

fn request_body(method: Method) -> RequestBody {
    let mut parameters =
        ObjectBuilder::new().property(INTERACTION_ID, text("Counts before the user data"));
    for parameter in method.parameters() {
        parameters = parameters.property(parameter.name, text(parameter.means));
        if parameter.is_required {
            parameters = parameters.required(parameter.name);
        }
    }
    let user_data = ObjectBuilder::new()
        .description(Some("User data of the interaction, with its InteractionId"));
    let body = ObjectBuilder::new()
        .property("userData", user_data)
        .property("parameters", parameters)
        .property("interactionId", text("The same as the parameter InteractionId"))
        .property("messageId", text("The client's own name for this request"));
    RequestBodyBuilder::new()
        .required(Some(Required::True))
        .content("application/json", Content::new(Some(body.build())))
        .build()
}

fn text(means: &str) -> Object {
    let text = ObjectBuilder::new().schema_type(Type::String);
    match means {
        "" => text.build(),
        means => text.description(Some(means)).build(),
    }
}
