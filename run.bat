@echo off
rem Double-click to start Mutu. Needs Python 3.11 or newer from python.org.
chcp 65001 >nul
cd /d "%~dp0"
py -3 run.py || python run.py
pause
