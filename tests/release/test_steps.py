"""The steps of workflows run here as GitHub runs them, or are refused."""

import pytest
import yaml

from steps import StepsError, defaults_of, run_steps, workflows_in


@pytest.fixture
def run(tmp_path):
    """Return a function that runs steps of YAML in an empty folder."""

    def run(text, **options):
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        folder = tmp_path / "checkout"
        folder.mkdir()
        options = {"stands_for": (), "environment": {"PATH": "/usr/bin:/bin"}, **options}
        return run_steps(yaml.safe_load(text), folder=folder, scratch=scratch, **options)

    return run


def test_a_step_gets_its_environment_and_leaves_outputs_and_a_summary(run):
    job = run(
        """
- id: first
  env: { NAME: "${{ inputs.name }}", NUMBER: "${{ github.event.number }}" }
  run: |
    echo "said=$NAME $NUMBER" >> "$GITHUB_OUTPUT"
    echo "# $NAME" >> "$GITHUB_STEP_SUMMARY"
- run: echo ${{ steps.first.outputs.said }}
""",
        inputs={"name": "a"},
        github={"event": {"number": 7}},
    )
    assert not job.failed
    assert job.outputs == {"first": {"said": "a 7"}}
    assert job.summary == "# a\n"
    assert job.ran[1].output == "a 7\n"


def test_after_a_failure_only_what_runs_always_runs(run):
    job = run("[{run: exit 3}, {run: echo no}, {if: always(), run: echo yes}]")
    assert job.failed
    assert [(step.exit_code, step.output) for step in job.ran] == [
        (3, ""),
        (None, ""),
        (0, "yes\n"),
    ]


@pytest.mark.parametrize(
    ("condition", "runs"),
    [
        ("inputs.a == '1'", True),
        ("inputs.a != '1'", False),
        ("inputs.a == '1' && inputs.b != ''", False),
        ("${{ inputs.a == inputs.a }}", True),
        ("github.event.missing.deep == ''", True),
    ],
)
def test_a_condition_decides(run, condition, runs):
    job = run(yaml.safe_dump([{"if": condition, "run": "true"}]), inputs={"a": "1", "b": ""})
    assert (job.ran[0].exit_code == 0) is runs


def test_a_pipe_fails_in_bash_and_not_in_the_default_shell(run):
    assert not run("[{run: 'false | true'}]").failed


def test_a_pipe_fails_where_the_step_names_bash(run):
    assert run("[{shell: bash, run: 'false | true'}]").failed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[{uses: someone/else@v1}]", "Expected an action of"),
        ("[{run: 'echo ${{ secrets.KEY }}'}]", "Expected an expression of"),
        ("[{run: 'true', if: 'success() || failure()'}]", "Expected a comparison"),
        ("[{run: 'true', shell: pwsh}]", "Expected no shell or bash"),
    ],
)
def test_what_is_not_known_here_is_refused(run, text, said):
    with pytest.raises(StepsError, match=said):
        run(text)


def test_inputs_have_their_defaults_and_no_other_names():
    action = {"inputs": {"a": {"required": True}, "b": {"default": "2"}, "c": {}}}
    assert defaults_of(action, {"a": "1"}) == {"a": "1", "b": "2", "c": ""}
    with pytest.raises(StepsError, match=r"unknown \['d'\], missing \['a'\]"):
        defaults_of(action, {"d": "1"})


def test_the_workflow_of_a_page_is_found():
    assert workflows_in("# T\n```yaml\na: 1\n```\n```yaml\njobs: {}\n```\n") == [{"jobs": {}}]
    with pytest.raises(StepsError, match="Expected a page with a workflow"):
        workflows_in("# T\n```yaml\na: 1\n```\n")
