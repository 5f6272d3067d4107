//! The network as the real SDK reaches it from within this process.

use std::io;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use crate::process::{Lost, Process};
use crate::services::Reply;

impl HttpClient for Process {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Process {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let header = request.headers().get("x-amz-target").map(str::to_owned);
        let path = request.uri().split("network.invalid").nth(1).unwrap_or_default().to_owned();
        let target = header.unwrap_or_else(|| format!("{} {path}", request.method()));
        let body = request.body().bytes().unwrap_or_default().to_vec();
        let process = self.clone();
        HttpConnectorFuture::new(async move {
            let reply = process.converse(&target, &body).await;
            reply
                .and_then(response)
                .map_err(|lost| ConnectorError::io(Box::new(io::Error::new(io::ErrorKind::ConnectionReset, lost))))
        })
    }
}

fn response(reply: Reply) -> Result<HttpResponse, Lost> {
    let status = reply.status.try_into().map_err(|_| Lost)?;
    let mut response = HttpResponse::new(status, SdkBody::from(reply.body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    if let Some(code) = reply.code {
        response.headers_mut().insert("x-amzn-errortype", code);
    }
    Ok(response)
}
