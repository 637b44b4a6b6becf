//! Precedence, and what the environment may not say.

use super::aws::CREDENTIALS_OF_ENVIRONMENT;
use super::*;

fn environment(variables: &[(&str, &str)]) -> Environment {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Environment { variables, folder: PathBuf::from("/nowhere/at/all"), ..Environment::default() }
}

fn resolve(flags: &GlobalArgs, variables: &[(&str, &str)]) -> Result<Settings, Failure> {
    Settings::resolve(flags, environment(variables))
}

fn service() -> Service {
    Service {
        name: "my service".into(),
        stage: "dev".into(),
        stage_is_default: false,
        region: Some("eu-central-1".into()),
        profile: None,
        stack_name: None,
        file: PathBuf::from("/nowhere/serverless.yml"),
        folder: PathBuf::from("/nowhere"),
        machines: Vec::new(),
        functions: Vec::new(),
        activities: Vec::new(),
        log_groups: Vec::new(),
        api_keys: Vec::new(),
        usage_plan: None,
    }
}

#[test]
fn the_region_comes_from_the_flag_then_the_environment_then_the_project() {
    let flags = GlobalArgs { region: Some("us-west-2".into()), ..GlobalArgs::default() };
    let set = [("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "eu-west-3")];
    let none = GlobalArgs::default();
    assert_eq!(resolve(&flags, &set).unwrap().region(Some(&service())), "us-west-2");
    assert_eq!(resolve(&none, &set).unwrap().region(Some(&service())), "eu-west-1");
    assert_eq!(resolve(&none, &set[1..]).unwrap().region(Some(&service())), "eu-west-3");
    assert_eq!(resolve(&none, &[]).unwrap().region(Some(&service())), "eu-central-1");
    assert_eq!(resolve(&none, &[]).unwrap().region(None), "us-east-1");
}

#[test]
fn the_store_belongs_to_a_service_a_stage_and_a_folder() {
    let store = |variables: &[(&str, &str)], service: Option<&Service>| {
        resolve(&GlobalArgs::default(), variables).unwrap().store(service).unwrap().unwrap()
    };
    assert_eq!(store(&[("IW102_HOME", "/h")], None), PathBuf::from("/h/local/default"));
    assert_eq!(store(&[("XDG_STATE_HOME", "/x")], None), PathBuf::from("/x/iw102/local/default"));
    assert_eq!(store(&[("HOME", "/me")], None), PathBuf::from("/me/.local/state/iw102/local/default"));
    let named = store(&[("IW102_HOME", "/h")], Some(&service()));
    assert_eq!(named, PathBuf::from("/h/local/my-service-dev-00147101"));
    let other = Service { folder: PathBuf::from("/elsewhere"), ..service() };
    assert_ne!(store(&[("IW102_HOME", "/h")], Some(&other)), named);
}

#[test]
fn without_a_home_the_hint_names_the_variable() {
    let failure = resolve(&GlobalArgs::default(), &[]).unwrap().store(None).unwrap_err();
    assert!(failure.hints[0].contains("IW102_HOME"), "{:?}", failure.hints);
}

#[test]
fn memory_and_virtual_time_keep_nothing() {
    let memory = GlobalArgs { memory: true, ..GlobalArgs::default() };
    assert_eq!(resolve(&memory, &[]).unwrap().store(None).unwrap(), None);
    let virtual_time = GlobalArgs { time: Some(TimeChoice::Virtual), ..GlobalArgs::default() };
    assert_eq!(resolve(&virtual_time, &[]).unwrap().store(None).unwrap(), None);
}

#[test]
fn an_account_has_twelve_digits() {
    let account = |variables: &[(&str, &str)]| resolve(&GlobalArgs::default(), variables).map(|found| found.account);
    assert_eq!(account(&[]).unwrap(), "000000000000");
    assert_eq!(account(&[("AWS_ACCOUNT_ID", "123456789012")]).unwrap(), "123456789012");
    assert_eq!(account(&[("AWS_ACCESS_KEY_ID", "123456789012")]).unwrap(), "123456789012");
    assert_eq!(account(&[("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")]).unwrap(), "000000000000");
    assert_eq!(account(&[("AWS_ACCOUNT_ID", "12")]).unwrap_err().kind.exit_code(), 2);
}

#[test]
fn colours_follow_the_flag_then_the_environment_then_the_terminal() {
    let color = |choice, variables: &[(&str, &str)], terminal| environment(variables).color(choice, terminal);
    assert!(color(ColorChoice::Auto, &[], true));
    assert!(!color(ColorChoice::Auto, &[], false));
    assert!(!color(ColorChoice::Auto, &[("NO_COLOR", "1")], true));
    assert!(color(ColorChoice::Auto, &[("NO_COLOR", "")], true));
    assert!(color(ColorChoice::Auto, &[("CLICOLOR_FORCE", "1")], false));
    assert!(!color(ColorChoice::Auto, &[("CLICOLOR_FORCE", "0")], false));
    assert!(!color(ColorChoice::Auto, &[("TERM", "dumb")], true));
    assert!(color(ColorChoice::Always, &[("NO_COLOR", "1")], false));
    assert!(!color(ColorChoice::Never, &[("CLICOLOR_FORCE", "1")], true));
}

#[test]
fn formats_and_times_are_checked() {
    let set = [("IW102_OUTPUT", "json")];
    assert_eq!(resolve(&GlobalArgs::default(), &set).unwrap().format, Format::Json);
    let flags = GlobalArgs { output: Some(FormatChoice::Name), ..GlobalArgs::default() };
    assert_eq!(resolve(&flags, &set).unwrap().format, Format::Name);
    assert_eq!(resolve(&GlobalArgs::default(), &[("IW102_OUTPUT", "xml")]).unwrap_err().kind.exit_code(), 2);
    assert_eq!(TimeChoice::parse("x2.5"), Ok(TimeChoice::Scaled(2.5)));
    for text in ["x0", "x-1", "xinf", "xNaN", "x1e9", "fast", ""] {
        assert!(TimeChoice::parse(text).is_err(), "{text}");
    }
}

#[test]
fn what_only_the_engine_knows_needs_local() {
    let virtual_time = GlobalArgs { time: Some(TimeChoice::Virtual), ..GlobalArgs::default() };
    let memory = GlobalArgs { memory: true, ..GlobalArgs::default() };
    for (flags, flag) in [(virtual_time, "--time"), (memory, "--memory")] {
        let failure = resolve(&flags, &[]).unwrap().refuse_local_flags().unwrap_err();
        assert_eq!(
            (failure.kind.exit_code(), failure.message()),
            (2, format!("{flag} is for the engine inside iw102"))
        );
        let local = GlobalArgs { local: true, ..flags };
        assert!(resolve(&local, &[]).unwrap().refuse_local_flags().is_ok());
    }
}

#[test]
fn the_region_and_the_profile_tell_where_they_were_found() {
    let options = |flags: &GlobalArgs, set: &[(&str, &str)], service: Option<&Service>| {
        resolve(flags, set).unwrap().connect_options(service, std::sync::Arc::new(|_: &str| ())).unwrap()
    };
    let flags = GlobalArgs { region: Some("r".into()), profile: Some("p".into()), ..GlobalArgs::default() };
    let given = options(&flags, &[("AWS_REGION", "other"), ("AWS_PROFILE", "other")], None);
    assert_eq!(given.region, Some(Sourced::new("r", "--region")));
    assert_eq!(given.profile, Some(Sourced::new("p", "--profile")));
    let none = GlobalArgs::default();
    assert_eq!(
        options(&none, &[("AWS_DEFAULT_REGION", "d")], None).region,
        Some(Sourced::new("d", "AWS_DEFAULT_REGION"))
    );
    // The SDK reads AWS_PROFILE by itself.
    assert_eq!(options(&none, &[("AWS_PROFILE", "p")], None).profile, None);
    assert_eq!(options(&none, &[], None).region_default, None);
    let project = Service { profile: Some("of-project".into()), ..service() };
    let of_project = options(&none, &[], Some(&project));
    assert_eq!(of_project.profile.map(|profile| profile.value).as_deref(), Some("of-project"));
    assert_eq!(of_project.region.map(|region| region.value).as_deref(), Some("eu-central-1"));
    // Whoever has credentials in the environment means those.
    for name in CREDENTIALS_OF_ENVIRONMENT {
        assert_eq!(options(&none, &[(name, "x")], Some(&project)).profile, None, "{name}");
    }
}
