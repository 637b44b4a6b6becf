//! What a CloudFormation stack says it made: the outputs that the Serverless Framework and its plugin write.

use std::collections::BTreeMap;

use crate::aws::connection::Connection;
use crate::aws::error::Error;
use crate::aws::query;
use crate::aws::signed::{self, Caller, Service};
use crate::aws::tell::{Listener, Tell};

/// The service as the SDK's configuration and its hosts have it.
const CLOUDFORMATION: Service = Service { id: "CloudFormation", host: "cloudformation" };
/// Of its API, since it began.
const VERSION: &str = "2010-05-15";

impl Connection {
    /// The outputs of a stack by their keys; `None` where there is no such stack. A listener is told of the request.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn stack_outputs(
        &self,
        stack: &str,
        listener: Option<Listener>,
    ) -> Result<Option<BTreeMap<String, String>>, Error> {
        let tell = listener.map(Tell);
        let caller = Caller { connection: self, service: CLOUDFORMATION, tell: tell.as_ref() };
        match signed::query(caller, "DescribeStacks", VERSION, &[("StackName", stack)]).await {
            Ok(xml) => Ok(Some(outputs(&xml))),
            // CloudFormation has no exception of its own for it.
            Err(Error::Other(detail)) if detail.message.ends_with("does not exist") => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn outputs(xml: &str) -> BTreeMap<String, String> {
    let path = ["DescribeStacksResult", "Stacks", "member", "Outputs", "member"];
    let found = query::elements(xml, &path).unwrap_or_default().into_iter();
    found.filter_map(|mut output| Some((output.remove("OutputKey")?, output.remove("OutputValue")?))).collect()
}

#[cfg(test)]
mod tests {
    use super::outputs;

    #[test]
    fn outputs_are_read_and_all_else_is_not() {
        let xml = r#"<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
            <DescribeStacksResult><Stacks><member>
                <StackName>shop-dev</StackName>
                <Parameters><member><ParameterKey>P</ParameterKey><ParameterValue>p</ParameterValue></member></Parameters>
                <Outputs>
                    <member><OutputKey>ServiceEndpoint</OutputKey><Description>URL of the service endpoint</Description>
                        <OutputValue>https://a.execute-api.eu-west-1.amazonaws.com/dev</OutputValue></member>
                    <member><OutputKey>Empty</OutputKey></member>
                </Outputs>
            </member></Stacks></DescribeStacksResult></DescribeStacksResponse>"#;
        let found: Vec<_> = outputs(xml).into_iter().collect();
        let url = "https://a.execute-api.eu-west-1.amazonaws.com/dev";
        assert_eq!(found, [("ServiceEndpoint".to_owned(), url.to_owned())]);
    }
}
