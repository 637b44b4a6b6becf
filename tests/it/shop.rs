//! The project of the tests of gateways: a machine with its four routes, each of which needs a key.

/// Its `serverless.yml`, with these members of the provider and this definition, both in one line of YAML.
pub(crate) fn yaml(provider: &str, definition: &str) -> String {
    format!(
        "\
service: shop
provider: {{name: aws, region: eu-west-1, {provider}}}
stepFunctions:
  stateMachines:
    order:
      events:
        - http: {{path: action/start, method: GET, private: true}}
        - http: {{path: action/start, method: POST, private: true}}
        - http: {{path: action/status, method: POST, action: DescribeExecution, private: true}}
        - http: {{path: action/stop, method: POST, action: StopExecution, private: true}}
      definition: {definition}
"
    )
}
