"""Stories kept up as articles come, change and go: keys are published, a turn takes them into edges and stories."""
