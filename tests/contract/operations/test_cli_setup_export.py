"""`setup-export` writes the update set of a deployment, or of values that are given."""


def test_the_update_set_of_a_deployment(run, deployed):
    done = run("setup-export")
    assert done.exit_code == 0
    assert done.stdout.startswith("<?xml")
    assert "a1b2c3d4e5 AWS Security IR" in done.stdout
    assert "t" * 48 not in done.stdout


def test_the_update_set_without_an_account(run):
    url = "https://z9y8x7w6v5.execute-api.eu-west-1.amazonaws.com/prod/webhook"
    words = ("--module", "ir", "--user-sys-id", "a" * 32, "--account-id", "123456789012")
    done = run("setup-export", "--webhook-url", url, *words)
    assert done.exit_code == 0, done.stderr
    assert "sn_si_incident" in done.stdout
    assert "owner:123456789012/eu-west-1/default prefix:z9y8x7w6v5" in done.stdout


def test_an_update_set_needs_a_real_webhook(run):
    assert run("setup-export", "--webhook-url", "https://x.example.com", "--module", "ir").exit_code == 2


def test_an_update_set_is_marked_with_an_account_that_can_be(run):
    """`destroy` and a second deployment know our records by that mark."""
    url = "https://z9y8x7w6v5.execute-api.eu-west-1.amazonaws.com/prod/webhook"
    words = ("--module", "ir", "--user-sys-id", "a" * 32, "--account-id", "12345678901")
    done = run("setup-export", "--webhook-url", url, *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--account-id" in done.stderr
